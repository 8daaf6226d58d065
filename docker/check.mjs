// Asks an address and ends with 0 for a 2xx answer; else says what came, for health checks and `helm test`.
const url = process.argv[2]
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  const text = (await answer.text()).slice(0, 500)
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
  console.log(`${url}: ${answer.status}`)
} catch (error) {
  console.error(`${url}: ${error.cause?.code ?? error.message}`)
  process.exit(1)
}
