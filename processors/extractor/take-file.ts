// Takes a file over from a boxed child: moved to where the child cannot reach it, and only if it is what it should be.
import { chmod, lstat, rename, rm } from 'node:fs/promises'

/**
 * Moves a file within one file system and checks it afterwards, out of the child's reach.
 * @returns whether it is a plain file of exactly `bytes` bytes with no second name; otherwise it is removed
 */
export async function takeFile(from: string, to: string, bytes: number): Promise<boolean> {
  await rename(from, to)
  const facts = await lstat(to)
  if (facts.isFile() && facts.nlink === 1 && facts.size === bytes) {
    await chmod(to, 0o600)
    return true
  }
  await rm(to, { recursive: true, force: true })
  return false
}
