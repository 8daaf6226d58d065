// Unpacks an archive in a boxed child and hands its members over one by one, whatever happens to the child.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Box, BoxEnd } from '#runtime/box/pure/box-request.ts'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import { type BoxedWorker, type Heard, startBoxedWorker } from './boxed-worker.ts'
import { CHILD_RESTARTS, type ExtractorLimits } from './pure/limits.ts'
import type { ArchiveType } from './pure/media-types.ts'
import { type Refusal, refusal } from './pure/refusal.ts'
import { type FromUnpacker, fromUnpackerSchema, type UnpackOrder } from './pure/unpack-messages.ts'
import { fateAfter, type Loss } from './pure/worker-fate.ts'
import { takeFile } from './take-file.ts'

export interface UnpackOptions {
  readonly box: Box
  readonly type: ArchiveType
  readonly path: string
  /** An empty folder for the child, on the same file system as `outFolder`. */
  readonly folder: string
  /** Where members are moved to, out of the child's reach. */
  readonly outFolder: string
  readonly limits: ExtractorLimits
  readonly sevenZip: string
  /** Told how each child ended. */
  readonly onChildEnd?: ((end: BoxEnd) => void) | undefined
  readonly signal: AbortSignal
}

export interface UnpackedFile {
  readonly index: number
  /** The name as the archive has it; data, never a path. */
  readonly name: string
  readonly bytes: number
  /** A plain file in `outFolder` that is the caller's now; null where the member was refused. */
  readonly path: string | null
  readonly refused: Refusal | null
}

interface Session {
  readonly worker: BoxedWorker<FromUnpacker>
  readonly folder: string
}

const parse = (message: unknown): FromUnpacker | undefined => fromUnpackerSchema.safeParse(message).data

function lossOf(heard: Heard<FromUnpacker>): Loss {
  if (heard.from === 'silence') return 'silent'
  if (heard.from !== 'end') return 'nonsense'
  return heard.end.how === 'memory' ? 'memory' : 'died'
}

async function startSession(options: UnpackOptions, fromIndex: number): Promise<Session> {
  const folder = await mkdtemp(join(options.folder, 'unpack-'))
  const worker = await startBoxedWorker<FromUnpacker>({
    box: options.box,
    file: 'unpack-main.ts',
    folder,
    readable: [options.path],
    memoryBytes: options.limits.unpackMemoryBytes,
    fileBytes: options.limits.memberBytes,
    parse,
    onEnd: options.onChildEnd,
    signal: options.signal,
  })
  const { type, path, limits, sevenZip } = options
  worker.send({ do: 'unpack', type, path, fromIndex, limits, sevenZip } satisfies UnpackOrder)
  return { worker, folder }
}

async function endSession({ worker, folder }: Session): Promise<void> {
  await worker[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
}

/** Waits for the index. @throws {PermanentFailure} with the code of the archive's refusal */
async function listed(options: UnpackOptions, fromIndex: number): Promise<Session> {
  for (let deaths = 1; ; deaths++) {
    const session = await startSession(options, fromIndex)
    const heard = await session.worker.hear(options.limits.listMs)
    if (heard.from === 'message' && heard.message.say === 'listed') return session
    await endSession(session)
    options.signal.throwIfAborted()
    if (heard.from === 'message' && heard.message.say === 'refused')
      throw new PermanentFailure(heard.message.code, heard.message.detail)
    const fate = fateAfter(lossOf(heard), deaths)
    if (fate.do === 'refuse') throw new PermanentFailure(fate.refusal.code, fate.refusal.detail)
  }
}

const notWhatWasSaid = refusal('ARCHIVE_MEMBER_DAMAGED', 'The member could not be taken over.')

async function taken(
  options: UnpackOptions,
  session: Session,
  message: FromUnpacker & { say: 'member' },
): Promise<UnpackedFile> {
  const { index, name, bytes, file, refused } = message
  if (file === null || refused)
    return { index, name, bytes, path: null, refused: (refused as Refusal | null) ?? notWhatWasSaid }
  const path = join(options.outFolder, file)
  const good = await takeFile(join(session.folder, file), path, bytes)
  return { index, name, bytes, path: good ? path : null, refused: good ? null : notWhatWasSaid }
}

/** Where the reading of an archive stands, across the children that it may cost. */
interface Progress {
  session: Session
  /** The member that the child works on, once it said so. */
  begun: (FromUnpacker & { say: 'begin' }) | undefined
  /** Members before this one were handed over. */
  next: number
  deaths: number
  restarts: number
}

function moveOn(progress: Progress, next: number): void {
  progress.next = next
  progress.deaths = 0
  progress.begun = undefined
}

/** Replaces a lost child; gives the member that is refused for it, if its fate is decided. */
async function recover(
  options: UnpackOptions,
  progress: Progress,
  heard: Heard<FromUnpacker>,
): Promise<UnpackedFile | undefined> {
  await endSession(progress.session)
  options.signal.throwIfAborted()
  const { begun } = progress
  const fate = fateAfter(lossOf(heard), ++progress.deaths)
  const guilty = fate.do === 'refuse' ? begun : undefined
  if (fate.do === 'refuse' && (!guilty || progress.restarts >= CHILD_RESTARTS))
    throw new PermanentFailure(fate.refusal.code, fate.refusal.detail)
  if (guilty) moveOn(progress, guilty.index + 1)
  progress.restarts++
  progress.session = await listed(options, progress.next)
  if (!guilty || fate.do !== 'refuse') return undefined
  return { index: guilty.index, name: guilty.name, bytes: guilty.bytes, path: null, refused: fate.refusal }
}

/**
 * The archive's members in order. What is wrong with one member is told with it and the others go on.
 * @throws {PermanentFailure} with the code of the archive's refusal, or of the child that it keeps ending
 * @throws {TransientFailure} DISK_FULL
 */
export async function* unpackBoxed(options: UnpackOptions): AsyncGenerator<UnpackedFile> {
  const session = await listed(options, 0)
  const progress: Progress = { session, begun: undefined, next: 0, deaths: 0, restarts: 0 }
  try {
    for (;;) {
      const heard = await progress.session.worker.hear(options.limits.stallMs)
      const message = heard.from === 'message' ? heard.message : undefined
      if (message?.say === 'end') return
      if (message?.say === 'refused') throw new PermanentFailure(message.code, message.detail)
      if (message?.say === 'disk-full') throw new TransientFailure('DISK_FULL', 'The disk is full.')
      if (message?.say === 'begin') progress.begun = message
      if (message?.say === 'member' && message.index >= progress.next) {
        yield await taken(options, progress.session, message)
        progress.session.worker.send({ do: 'taken' })
        moveOn(progress, message.index + 1)
      }
      const refused = message ? undefined : await recover(options, progress, heard)
      if (refused) yield refused
    }
  } finally {
    await endSession(progress.session)
  }
}
