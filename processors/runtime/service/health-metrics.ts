// Says in metrics whether what a process depends on answers, and how much room its work folder has, at each scrape.
import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import type { ReadinessCheck } from './operations-server.ts'

const CHECK_WITHIN_MS = 2_000

/** 1 where the check resolves in time, 0 where not. */
export function dependencyMetrics(registry: Registry, checks: readonly ReadinessCheck[]): void {
  new Gauge({
    name: 'syntonym_dependency_up',
    help: 'Whether something that this process needs answers, asked for at the scrape.',
    labelNames: ['dependency'],
    registers: [registry],
    async collect() {
      const answers = await Promise.all(checks.map(({ check }) => answersInTime(check)))
      for (const [index, up] of answers.entries()) {
        const dependency = checks[index]?.name
        if (dependency !== undefined) this.set({ dependency }, up ? 1 : 0)
      }
    },
  })
}

async function answersInTime(check: ReadinessCheck['check']): Promise<boolean> {
  const signal = AbortSignal.timeout(CHECK_WITHIN_MS)
  const late = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  const asked = check(signal).then(
    () => true,
    () => false,
  )
  return Promise.race([asked, late])
}

/** Free and whole size of the file system that holds the work folder; left out while it cannot be read. */
export function workFolderMetrics(registry: Registry, folder: string): void {
  const registers = [registry]
  const size = new Gauge({
    name: 'syntonym_work_folder_size_bytes',
    help: 'Size of the file system that holds the work folder.',
    registers,
  })
  new Gauge({
    name: 'syntonym_work_folder_free_bytes',
    help: 'Bytes that may still be written to the work folder.',
    registers,
    async collect() {
      const found = await statfs(folder).catch(() => undefined)
      if (found === undefined) return
      this.set(found.bavail * found.bsize)
      size.set(found.blocks * found.bsize)
    },
  })
}
