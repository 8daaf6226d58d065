// The `syntonym` program: reads the command line and the environment, runs one command, ends with its exit code.
import { runProgram } from './program.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new DOMException('stopped', 'AbortError'))
    process.once(signal, () => process.exit(130))
  })
}
process.exitCode = await runProgram(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
  signal: stop.signal,
})
