// Measures two ways of doing one thing in turns, so that a busy machine disturbs both alike.
export interface Round {
  /** CPU milliseconds per call. */
  readonly a: number
  readonly b: number
}

async function cpuMs(calls: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < calls; i++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / calls
}

/** A B A B …, after one call of each to warm up. */
export async function cpuRounds(
  a: () => Promise<unknown>,
  b: () => Promise<unknown>,
  { rounds, calls }: { readonly rounds: number; readonly calls: number },
): Promise<readonly Round[]> {
  await a()
  await b()
  const measured: Round[] = []
  for (let i = 0; i < rounds; i++) measured.push({ a: await cpuMs(calls, a), b: await cpuMs(calls, b) })
  return measured
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
