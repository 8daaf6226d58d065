// Opens a picture, a film or an archive boxed and gives what is in it, file by file, each looked into or refused with a code.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Box, BoxEnd } from '#runtime/box/pure/box-request.ts'
import { PermanentFailure } from '#runtime/failure.ts'
import { type Prober, startProber } from './boxed-probe.ts'
import { type UnpackedFile, unpackBoxed } from './boxed-unpack.ts'
import type { ExtractorLimits } from './pure/limits.ts'
import { type ArchiveType, extensionOf } from './pure/media-types.ts'
import type { ProbeResult } from './pure/probe-result.ts'
import { type Refusal, refusal } from './pure/refusal.ts'
import { sevenZipProgram } from './seven-zip-path.ts'

/** One file of the input. */
export interface ExtractedFile {
  /** From 0, in the archive's order; 0 for a single file. */
  readonly index: number
  /** The name as it was handed in: data, never a path. */
  readonly fileName: string
  /** Where its bytes lie until the extraction is disposed of (move or remove it at will); null where refused. */
  readonly path: string | null
  readonly bytes: number
  readonly mediaKind: 'picture' | 'film' | null
  /** Lower case with the dot, agreeing with the content; of a refused file what its name says. */
  readonly extension: string
  /** Displayed size in pixels, after orientation. */
  readonly width: number | null
  readonly height: number | null
  /** Of a film; estimates where the container does not say. */
  readonly frames: number | null
  readonly durationSeconds: number | null
  readonly refused: Refusal | null
}

export interface Extraction extends AsyncDisposable {
  /** Null for a single picture or film. */
  readonly archiveFormat: 'zip' | '7z' | 'rar' | null
  /**
   * To be read once.
   * @throws {PermanentFailure} where the archive as a whole turns out to be refused
   */
  readonly files: AsyncIterable<ExtractedFile>
}

export interface ExtractOptions {
  /** Path of the file; it is only read. */
  readonly path: string
  /** The name that the content has to agree with: data. */
  readonly fileName: string
  /** An existing folder of ours; what is made in it is gone once the extraction is disposed of. */
  readonly workFolder: string
  readonly box: Box
  readonly limits: ExtractorLimits
  readonly signal: AbortSignal
  /** A prober that may read `path`; without one a child is started for this file. */
  readonly prober?: Prober
  /** Whose file it is; see `Prober.probe`. */
  readonly scope?: string
  /** Told how each child ended that was started for this file. */
  readonly onChildEnd?: ((end: BoxEnd) => void) | undefined
}

function extracted(
  file: { index: number; name: string; bytes: number; path: string | null },
  result: ProbeResult | ({ verdict: 'refused' } & Refusal),
): ExtractedFile {
  const common = { index: file.index, fileName: file.name, bytes: file.bytes }
  const nothing = { mediaKind: null, width: null, height: null, frames: null, durationSeconds: null }
  const said = extensionOf(file.name)
  switch (result.verdict) {
    case 'picture':
      return { ...common, ...nothing, ...result, path: file.path, mediaKind: 'picture', refused: null }
    case 'film':
      return { ...common, ...result, path: file.path, mediaKind: 'film', refused: null }
    case 'archive': {
      const nested = refusal('ARCHIVE_NESTED', 'The member is itself an archive.')
      return { ...common, ...nothing, path: null, extension: said, refused: nested }
    }
    case 'refused': {
      const refused = { code: result.code as Refusal['code'], detail: result.detail }
      return { ...common, ...nothing, path: null, extension: said, refused }
    }
  }
}

async function lookInto(member: UnpackedFile, prober: Prober, scope: string): Promise<ExtractedFile> {
  if (member.path === null || member.refused) {
    const refused = member.refused ?? refusal('ARCHIVE_MEMBER_DAMAGED', 'The member could not be unpacked.')
    return extracted(member, { verdict: 'refused', ...refused })
  }
  const file = extracted(member, await prober.probe(member.path, member.name, scope))
  if (file.path === null) await rm(member.path, { force: true })
  return file
}

interface Opened {
  readonly options: ExtractOptions
  readonly prober: Prober
  /** A folder in the prober's inbox for what is unpacked. */
  readonly folder: string
  readonly scope: string
}

async function* membersOf({ options, prober, folder, scope }: Opened, type: ArchiveType) {
  const deadline = AbortSignal.timeout(options.limits.archiveMs)
  const unpacked = unpackBoxed({
    box: options.box,
    type,
    path: options.path,
    folder: options.workFolder,
    outFolder: folder,
    limits: options.limits,
    sevenZip: sevenZipProgram(),
    onChildEnd: options.onChildEnd,
    signal: AbortSignal.any([options.signal, deadline]),
  })
  try {
    for await (const member of unpacked) yield await lookInto(member, prober, scope)
  } catch (error) {
    if (!deadline.aborted || options.signal.aborted) throw error
    throw new PermanentFailure('WORKER_TIMEOUT', 'The archive takes longer to unpack than allowed.')
  }
}

/** A generator whose first item is already there, so that a refusal of the whole archive comes at once. */
async function begun<T>(items: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await items.next()
  return (async function* () {
    if (first.done) return
    yield first.value
    yield* items
  })()
}

async function filesOf(opened: Opened): Promise<Pick<Extraction, 'archiveFormat' | 'files'>> {
  const { options, prober, scope } = opened
  const { size } = await stat(options.path)
  const result = await prober.probe(options.path, options.fileName, scope)
  if (result.verdict === 'archive') {
    const archiveFormat = result.type === 'zip' || result.type === '7z' ? result.type : 'rar'
    return { archiveFormat, files: await begun(membersOf(opened, result.type)) }
  }
  const file = { index: 0, name: options.fileName, bytes: size, path: options.path }
  const single = (async function* () {
    yield extracted(file, result)
  })()
  return { archiveFormat: null, files: single }
}

/**
 * Opens a file. Nothing of it is parsed in this process.
 * @throws {PermanentFailure} with the code of the refusal where an archive as a whole is refused
 */
export async function extractFile(options: ExtractOptions): Promise<Extraction> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(options.workFolder, 'extract-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  // The children have other working directories.
  const own = { ...options, path: resolve(options.path), workFolder: folder }
  const prober = options.prober ?? stack.use(await startProber({ ...own, folder, readable: [own.path] }))
  const out = await mkdtemp(join(prober.inbox, 'members-'))
  stack.defer(() => rm(out, { recursive: true, force: true }))
  const opened = { options: own, prober, folder: out, scope: options.scope ?? '' }
  const { archiveFormat, files } = await filesOf(opened)
  const owned = stack.move()
  return { archiveFormat, files, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
