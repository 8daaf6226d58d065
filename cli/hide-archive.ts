// Hides every member of an archive and packs the results in its layout, with a manifest that names what was refused.
import { createReadStream } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { Readable } from 'node:stream'
import { type ExtractedFile, extractFile } from '#extractor/extract-file.ts'
import type { ArchiveEntry } from '#extractor/pack/archive-entry.ts'
import { type InputFormat, packResults } from '#extractor/pack/pack-results.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import type { ModelChoice } from '#schemas/model-config.ts'
import { failureText } from './command-io.ts'
import { inTurns } from './in-turns.ts'
import { hideMedia, moveInto } from './media-run.ts'
import type { Pixels } from './pixels.ts'
import type { PlannedFile } from './pure/output-plan.ts'

export interface ArchiveRun {
  readonly pixels: Pixels
  readonly choice: ModelChoice
  readonly synSeed: string
  readonly signal: AbortSignal
}

interface MemberResult {
  readonly name: string
  /** Where the hidden file lies; undefined where there is none. */
  readonly path?: string
  readonly code?: string
  readonly detail?: string
}

/** The same archive always packs to the same bytes. */
const MTIME = new Date('2026-01-01T00:00:00Z')

/** @throws {PermanentFailure} where the archive as a whole is refused; then nothing is written */
export async function hideArchive(
  run: ArchiveRun,
  file: PlannedFile,
  onProgress: (progress: number) => void,
): Promise<{ good: number; bad: number }> {
  const folder = await mkdtemp(join(run.pixels.workFolder, 'archive-'))
  await using extraction = await extractFile({
    path: file.input,
    fileName: basename(file.input),
    workFolder: folder,
    box: run.pixels.box,
    limits: DEFAULT_EXTRACTOR_LIMITS,
    signal: run.signal,
  })
  const members: ExtractedFile[] = []
  for await (const member of extraction.files) members.push(member)
  let ended = 0
  const results = await inTurns(members, run.pixels.slots, async (member) => {
    const result = await hideMember(run, member, folder)
    onProgress(++ended / members.length)
    return result
  })
  const good = results.filter((result) => result.path !== undefined).length
  if (good > 0) {
    const packed = join(folder, 'packed')
    await packResults({
      format: extraction.archiveFormat ?? ('zip' satisfies InputFormat),
      entries: entriesOf(results),
      outputPath: packed,
      mtime: MTIME,
      signal: run.signal,
    })
    await moveInto(packed, file.output)
  }
  return { good, bad: results.length - good }
}

async function hideMember(run: ArchiveRun, member: ExtractedFile, folder: string): Promise<MemberResult> {
  const name = member.fileName
  if (member.path === null || member.mediaKind === null || member.refused !== null) {
    const { code, detail } = member.refused ?? {
      code: 'MEDIA_UNREADABLE',
      detail: 'The member cannot be read.',
    }
    return { name, code, detail }
  }
  const output = join(folder, `result-${member.index}`)
  const media = {
    id: `member ${member.index}`,
    kind: member.mediaKind,
    path: member.path,
    extension: member.extension,
  }
  try {
    const job = { choice: run.choice, output, synSeed: run.synSeed }
    await hideMedia(run.pixels.pool, media, job, { signal: run.signal })
    return { name, path: output }
  } catch (error) {
    if (run.signal.aborted) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL'
    return { name, code, detail: error instanceof Error ? error.message : failureText(error) }
  }
}

async function* entriesOf(results: readonly MemberResult[]): AsyncGenerator<ArchiveEntry> {
  for (const { name, path } of results) {
    if (path !== undefined) yield { name, open: async () => createReadStream(path) }
  }
  const manifest = results.map(({ name, path, code, detail }) =>
    path === undefined
      ? { file_name: name, outcome: 'failed', code, detail }
      : { file_name: name, outcome: 'completed' },
  )
  const text = `${JSON.stringify({ files: manifest }, null, 2)}\n`
  yield { name: manifestName(results), open: async () => Readable.from([Buffer.from(text)]) }
}

/** `manifest.json`, or a name beside it where a member has that one already. */
function manifestName(results: readonly MemberResult[]): string {
  const taken = new Set(results.map((result) => result.name.toLowerCase()))
  const wanted = 'manifest.json'
  if (!taken.has(wanted)) return wanted
  const stem = basename(wanted, extname(wanted))
  for (let number = 2; ; number++) if (!taken.has(`${stem}-${number}.json`)) return `${stem}-${number}.json`
}
