import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { processIdentity } from './process-identity.ts'
import { clearDeadRuns } from './run-folder.ts'
import { withServices } from './with-services.ts'

async function runThatIsKilled() {
  const { SYNTONYM_TEST_VALKEY_URL: _, ...environment } = process.env
  const run = spawn(process.execPath, [join(import.meta.dirname, 'holder-main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  })
  const [line] = (await once(run.stdout, 'data')) as [Buffer]
  return { run, ...(JSON.parse(line.toString()) as { server: number; host: number; folder: string }) }
}
const gone = (pid: number) =>
  vi.waitFor(() => expect(processIdentity(pid)).toBeUndefined(), { timeout: 30_000 })

await withServices(['valkey'], () => {
  test('a run that is killed leaves no server and no folder behind', { timeout: 120_000 }, async () => {
    const { run, server, host, folder } = await runThatIsKilled()
    expect(processIdentity(server)).toBeDefined()
    run.kill('SIGKILL')
    await Promise.all([gone(server), gone(host)])
    expect(existsSync(folder)).toBe(false)
  })

  test('what a killed host left behind is stopped by the next run', { timeout: 120_000 }, async () => {
    const { run, server, host, folder } = await runThatIsKilled()
    process.kill(host, 'SIGKILL')
    await gone(host)
    expect(processIdentity(server)).toBeDefined()
    clearDeadRuns()
    await gone(server)
    expect(existsSync(folder)).toBe(false)
    run.kill('SIGKILL')
  })
})
