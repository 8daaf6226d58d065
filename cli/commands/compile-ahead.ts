// `syntonym compile-ahead`, run by the setup: has Node compile what boxed children run, so that they start in half the time.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkerStart } from '#anonymizer/worker/worker-start.ts'
import { nodeReadable } from '#runtime/box/node-readable.ts'
import type { Box } from '#runtime/box/pure/box-request.ts'
import { spawnBoxed } from '#runtime/box/spawn-boxed.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { compiledFolder, machineBox, modelCache } from '../machine.ts'
import { repositoryRoot } from '../pixels.ts'

const MEMORY_BYTES = 1024 * 1024 * 1024
const LONGEST_MS = 60_000

/** What a media worker loads only for a film. */
const FILM = 'processors/anonymizer/film/anonymize-film.ts'
const EXTRACTOR_CHILDREN = [
  'processors/extractor/worker/probe-main.ts',
  'processors/extractor/worker/unpack-main.ts',
]

/**
 * Starts each boxed child once, without a task and with no hostile file in reach, and lets it write what Node compiled.
 * Only then is that folder ever writable in a box.
 */
export async function compileAhead(io: CommandIo): Promise<ExitCode> {
  const folder = compiledFolder(io.environment)
  await mkdir(folder, { recursive: true })
  const box = await machineBox(io.environment)
  const modelFolder = modelCache(io.environment)
  const start: WorkerStart = { modelFolder, executionProvider: 'cpu', threads: 1 }
  const mediaWorker = 'processors/anonymizer/worker/media-worker.ts'
  const children = [
    ['--import', join(repositoryRoot, FILM), join(repositoryRoot, mediaWorker), JSON.stringify(start)],
    ...EXTRACTOR_CHILDREN.map((file) => [join(repositoryRoot, file)]),
  ]
  for (const args of children) {
    const ended = await runOnce(box, args, { folder, modelFolder, signal: io.signal })
    if (ended === undefined) continue
    io.err.write(`nothing was compiled ahead, so workers start slower: ${ended}\n`)
    return EXIT.failed
  }
  return EXIT.done
}

/** Without a parent to speak to, a child leaves when it has loaded. What went wrong, if anything. */
async function runOnce(
  box: Box,
  args: readonly string[],
  at: { readonly folder: string; readonly modelFolder: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  await using child = await spawnBoxed(box, {
    command: process.execPath,
    args,
    readable: [...nodeReadable(repositoryRoot, process.execPath, ['models']), at.modelFolder],
    writable: at.folder,
    memoryBytes: MEMORY_BYTES,
    env: { NODE_COMPILE_CACHE: at.folder, ORT_DISABLE_TELEMETRY: '1' },
    ipc: false,
    signal: AbortSignal.any([at.signal, AbortSignal.timeout(LONGEST_MS)]),
  })
  const end = await child.ended
  return end.how === 'exited' && end.code === 0 ? undefined : `${end.how} ${end.stderr.text}`
}
