// Takes small objects and files whole: for a few kilobytes a stream costs more than the request.
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'

/** Up to here an object or a file is handled whole. */
const SMALL_BYTES = 64 * 1024

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Whether the answer says that its body is small. */
export const isSmall = (answer: IncomingMessage): boolean => {
  const length = answer.headers['content-length']
  return length !== undefined && Number(length) <= SMALL_BYTES
}

/** The whole body. Rejects with the connection's error where the answer is cut. */
export function wholeBody(answer: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    answer.once('error', reject)
    answer.once('aborted', () => reject(new Error('aborted')))
  })
}

/** The bytes of a file that is small, or undefined. Meant for one just written: it is read without waiting for a disk. */
export function smallFile(path: string): Buffer | undefined {
  const file = openSync(path, 'r')
  try {
    return fstatSync(file).size <= SMALL_BYTES ? readFileSync(file) : undefined
  } finally {
    closeSync(file)
  }
}

/** Nothing of the file is left where it cannot be written whole. @throws EEXIST where there is one already */
export async function writeNewFile(path: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      await rm(path, { force: true })
    throw error
  }
}
