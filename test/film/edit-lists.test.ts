// Proves that what a film's edit list leaves out, repeats or delays comes out as an independent player shows it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { probeFilm } from './probe-film.ts'
import { makeWithWitness, referenceFfmpeg, witness } from './reference-decoder.ts'
import { runTask } from './run-task.ts'
import { folder } from './square-film.ts'

const program = referenceFfmpeg()
const WHOLE = join(folder, 'whole.mp4')
const PICTURE_TICKS = 12800
const FIRST_PICTURE = 1024
const EMPTY = -1

interface Edit {
  readonly seconds: number
  /** Seconds from the film's first picture; null shows nothing for so long. */
  readonly from: number | null
}

const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  'that begins in the middle of a group': [{ seconds: 1.9, from: 1.1 }],
  'that leaves out the middle': [
    { seconds: 1, from: 0 },
    { seconds: 1, from: 2 },
  ],
  'that shows nothing at first': [
    { seconds: 0.5, from: null },
    { seconds: 2, from: 1 },
  ],
  'that ends early': [{ seconds: 1.3, from: 0 }],
}

/** Boxes (ISO/IEC 14496-12) between two bytes: name, start, size. */
function boxesIn(bytes: Buffer, from: number, to: number): { name: string; at: number; size: number }[] {
  const boxes = []
  for (let at = from; at < to; ) {
    const size = bytes.readUInt32BE(at)
    boxes.push({ name: bytes.toString('latin1', at + 4, at + 8), at, size })
    at += size
  }
  return boxes
}

/** Writes the film with another edit list on its first track; its index lies at its end, so that no offset moves. */
function edited(path: string, edits: readonly Edit[]): void {
  const bytes = readFileSync(WHOLE)
  const find = (boxes: ReturnType<typeof boxesIn>, name: string) => {
    const box = boxes.find((each) => each.name === name)
    if (!box) throw new Error(`no ${name}`)
    return box
  }
  const inside = ({ at, size }: { at: number; size: number }) => boxesIn(bytes, at + 8, at + size)
  const movie = find(boxesIn(bytes, 0, bytes.length), 'moov')
  const track = find(inside(movie), 'trak')
  const old = find(inside(track), 'edts')
  const movieTicks = bytes.readUInt32BE(find(inside(movie), 'mvhd').at + 20)
  const list = Buffer.alloc(24 + edits.length * 12)
  list.writeUInt32BE(list.length, 0)
  list.write('edts', 4)
  list.writeUInt32BE(list.length - 8, 8)
  list.write('elst', 12)
  list.writeUInt32BE(edits.length, 20)
  const entries = Buffer.alloc(edits.length * 12)
  for (const [i, { seconds, from }] of edits.entries()) {
    entries.writeUInt32BE(Math.round(seconds * movieTicks), i * 12)
    entries.writeInt32BE(from === null ? EMPTY : FIRST_PICTURE + from * PICTURE_TICKS, i * 12 + 4)
    entries.writeUInt32BE(1 << 16, i * 12 + 8)
  }
  const fresh = Buffer.concat([list.subarray(0, 24), entries])
  for (const box of [movie, track]) bytes.writeUInt32BE(box.size + fresh.length - old.size, box.at)
  writeFileSync(path, Buffer.concat([bytes.subarray(0, old.at), fresh, bytes.subarray(old.at + old.size)]))
}

describe.skipIf(!program)(`an edit list${program ? '' : ' (skipped: no other FFmpeg here)'}`, () => {
  const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=192x128:rate=25:duration=3']
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3', '-c:a', 'aac']
  const coded = ['-c:v', 'libx264', '-g', '20', '-bf', '2']
  if (program) makeWithWitness(program, [...pictures, ...tone, ...coded, WHOLE])

  test.each(
    Object.entries(EDITS).flatMap(([name, edits]) => [true, false].map((copy) => ({ name, edits, copy }))),
  )(
    '$name: the same pictures at the same times, none of the others in the file (copy: $copy)',
    async ({ name, edits, copy }) => {
      const [input, output] = ['in', 'out'].map((part) => join(folder, `${name}-${copy}-${part}.mp4`))
      if (!program || !input || !output) throw new Error('no program')
      edited(input, edits)
      const { report } = await runTask(input, output, { task: { copy } })
      const [before, after] = [witness(program, input), witness(program, output)]
      const seconds = edits.reduce((sum, edit) => sum + (edit.from === null ? 0 : edit.seconds), 0)
      expect(Math.abs(before.pictures.length - seconds * 25)).toBeLessThanOrEqual(1)
      expect(after.pictures).toHaveLength(before.pictures.length)
      expect(report.frames).toBe(before.pictures.length)
      for (const [i, { at }] of before.pictures.entries()) expect(after.pictures[i]?.at).toBeCloseTo(at, 3)
      if (copy && !name.includes('ends')) expect(Number(report.facts.frames_copied)).toBeGreaterThan(0)
      const [was, is] = [probeFilm(input), probeFilm(output)]
      expect(is.video[0]?.times).toHaveLength(before.pictures.length)
      expect(is.audio.map(({ hash }) => hash)).toEqual(was.audio.map(({ hash }) => hash))
    },
  )
})
