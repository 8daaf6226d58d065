// Sends every file of the hostile set through the extractor and keeps how each ended, several at once.
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Prober } from '#extractor/boxed-probe.ts'
import { extractFile } from '#extractor/extract-file.ts'
import type { ExtractorLimits } from '#extractor/pure/limits.ts'
import { extensionOf, isAcceptedExtension, usualExtension } from '#extractor/pure/media-types.ts'
import { SNIFF_BYTES, sniff } from '#extractor/pure/sniff.ts'
import type { Box, BoxEnd } from '#runtime/box/pure/box-request.ts'
import { failureKind } from '#runtime/failure.ts'

export interface HostileFile {
  readonly path: string
  readonly expect: string
  /** What the manifest says of its origin; of made ones what they hold. */
  readonly source: string
}

export interface HostileEnd {
  readonly file: HostileFile
  readonly ms: number
  /** Codes of the refused files, or of the whole archive. */
  readonly codes: readonly string[]
  /** Files that could be processed. */
  readonly accepted: number
  readonly names: readonly string[]
  /** A failure that was not a refusal. */
  readonly bug: unknown
}

export async function hostileFiles(root: string): Promise<readonly HostileFile[]> {
  const lines = (await readFile(join(root, 'manifest.tsv'), 'utf8')).split('\n').slice(1)
  return lines.flatMap((line) => {
    const [path, , expect, , source] = line.split('\t')
    return path && expect ? [{ path, expect, source: source ?? '' }] : []
  })
}

/** Fuzzers name files by hashes: those get the extension of their content, so that they come further. */
async function givenName(path: string): Promise<string> {
  if (isAcceptedExtension(extensionOf(basename(path)))) return basename(path)
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
  const sniffed = sniff(buffer.subarray(0, bytesRead))
  return 'type' in sniffed ? `file${usualExtension(sniffed.type)}` : basename(path)
}

export interface HostileSetup {
  readonly root: string
  readonly box: Box
  readonly prober: Prober
  readonly workFolder: string
  readonly limits: ExtractorLimits
  readonly onChildEnd: (end: BoxEnd) => void
  /** Called while the extracted files still lie in the work folder. */
  readonly onExtracted: (path: string) => Promise<void>
}

export async function runHostile(setup: HostileSetup, file: HostileFile): Promise<HostileEnd> {
  const started = performance.now()
  const path = join(setup.root, file.path)
  const codes: string[] = []
  const names: string[] = []
  let accepted = 0
  let bug: unknown
  try {
    await using extraction = await extractFile({
      ...{ path, fileName: await givenName(path), workFolder: setup.workFolder, box: setup.box },
      ...{ limits: setup.limits, prober: setup.prober, scope: 'hostile', onChildEnd: setup.onChildEnd },
      signal: AbortSignal.timeout(60_000),
    })
    for await (const one of extraction.files) {
      names.push(one.fileName)
      if (one.refused) codes.push(one.refused.code)
      else accepted++
      if (one.path !== null && extraction.archiveFormat !== null) await setup.onExtracted(one.path)
    }
  } catch (error) {
    const failure = failureKind(error)
    if (failure.kind === 'permanent') codes.push(failure.code)
    else bug = error
  }
  return { file, ms: performance.now() - started, codes, accepted, names, bug }
}

/** Runs `work` over the items, `lanes` at once, results in the items' order. */
export async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i]
      if (item !== undefined) results[i] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}
