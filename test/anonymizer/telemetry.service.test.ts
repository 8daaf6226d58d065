import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FILM_LIMITS } from '#anonymizer/pure/worker-limits.ts'
import { mediaWorkerSpawner } from '#anonymizer/worker/spawn-media-worker.ts'
import { machineBox } from '#cli/machine.ts'
import { workerSetup } from '#cli/pixels.ts'
import { processTree } from '#runtime/box/process-tree.ts'

test('a media worker is told to send no telemetry before its runtime loads, and starts no telemetry', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-telemetry-')))
  try {
    const spawn = mediaWorkerSpawner(await machineBox(process.env), workerSetup(process.env, 1), FILM_LIMITS)
    await using child = await spawn(folder, AbortSignal.timeout(30_000))
    const first = await new Promise((resolve) => child.onMessage(resolve))
    expect(first).toMatchObject({ say: 'ready' })
    const environments = await Promise.all(
      processTree(child.pid ?? 0).map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
    )
    const worker = environments.filter((text) => text.includes('NODE_CHANNEL_FD'))
    expect(worker.length).toBeGreaterThan(0)
    for (const text of worker) expect(text).toContain('ORT_DISABLE_TELEMETRY=1')
    child.kill()
    expect((await child.ended).stderr.text).not.toContain('elemetry')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
