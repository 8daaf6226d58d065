// Installs the published BullMQ into a cache folder of its own, once: it is the yardstick of P14 and no part of the product.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const VERSION = '6.7.0'
/** Its client; not brought along by itself. */
const IOREDIS = 'ioredis@5'

/** The part of BullMQ that the bench uses. */
export interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    addBulk(jobs: readonly { name: string; data: object }[]): Promise<unknown>
    close(): Promise<void>
  }
  readonly Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => {
    on(event: 'completed', listener: () => void): unknown
    waitUntilReady(): Promise<unknown>
    close(): Promise<void>
  }
}

/** @throws {Error} when npm fails */
export async function installBullMq(cacheFolder: string): Promise<BullMq> {
  const folder = join(cacheFolder, `bullmq-${VERSION}-ioredis`)
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true })
    await mkdir(dirname(folder), { recursive: true })
    await writeFile(join(partial, 'package.json'), '{"private":true}')
    console.log(`installing bullmq ${VERSION} into ${folder} …`)
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `bullmq@${VERSION}`, IOREDIS]
    await promisify(execFile)('npm', args, { cwd: partial, maxBuffer: 1 << 24 })
    await rename(partial, folder)
  }
  return createRequire(join(folder, 'package.json'))('bullmq') as BullMq
}
