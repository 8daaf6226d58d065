// Makes the small upright RGB picture that a detector looks at, and knows the way back to displayed pixels.
import { AVCOL_TRC_SMPTE2084 } from 'node-av/constants'
import type { Frame } from 'node-av/lib'
import type { RgbPicture } from '../detect/detector.ts'
import { type LookPlan, wholeLook } from '../pure/look.ts'
import type { FilmFacts } from './inspect-film.ts'
import { applyTable, pqPreview } from './pure/hdr-preview.ts'
import { isSideways, turnedSize, turnRgb } from './pure/rotation.ts'
import { scaledPictures } from './scaled-picture.ts'

export interface LookPictures extends Disposable {
  /** Displayed pixels for one pixel of the look. */
  readonly scaleX: number
  readonly scaleY: number
  /**
   * Valid until the next call; padded to the right and below with black to sides that every model takes. `index`
   * names the frame: asked for twice in a row it is made once.
   */
  look(frame: Frame, index: number): RgbPicture
}

/** Our graphs halve a picture five times. */
const SIDE_MULTIPLE = 32
const padded = (side: number): number => Math.ceil(side / SIDE_MULTIPLE) * SIDE_MULTIPLE

/** Looks at whole frames, brought to the plan's size. */
export function lookPictures(facts: FilmFacts, look: LookPlan): LookPictures {
  const { displayed, rotation } = facts
  const plan = wholeLook(displayed.width, displayed.height, look)
  const stored = turnedSize({ width: plan.width, height: plan.height }, rotation)
  const sides = isSideways(rotation) ? stored : { width: padded(stored.width), height: padded(stored.height) }
  const scaled = scaledPictures({ ...stored, room: sides, format: 'rgb24', filter: 'area' })
  const width = padded(plan.width)
  const height = padded(plan.height)
  const table = facts.colours.transfer === AVCOL_TRC_SMPTE2084 ? pqPreview() : undefined
  const turned = rotation === 0 ? undefined : new Uint8Array(width * height * 3)
  let shown: RgbPicture = { data: new Uint8Array(width * height * 3), width, height }
  let shownIndex = -1
  return {
    scaleX: displayed.width / plan.width,
    scaleY: displayed.height / plan.height,
    look(frame, index) {
      if (index === shownIndex) return shown
      const rows = scaled.scaleRows(frame)
      if (table) applyTable(rows.data, table)
      if (turned) turnRgb(rows, stored, rotation, { data: turned, stride: width * 3 })
      shown = { data: turned ?? rows.data, width, height }
      shownIndex = index
      return shown
    },
    [Symbol.dispose]: () => scaled[Symbol.dispose](),
  }
}
