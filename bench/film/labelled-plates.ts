// Reads where the plates of a film are in a frame, from labels at some frames.
import type { Box } from '#schemas/detection-document.ts'

/** Frame, middle across and down, width, height; pixels. */
export type PlateKey = readonly [number, number, number, number, number]

/** By film, by name. */
export type PlateTruth = Readonly<
  Record<string, { readonly about: string; readonly plates: Readonly<Record<string, readonly PlateKey[]>> }>
>

/** On straight lines between the labels; undefined before the first and after the last. */
export function labelledBox(keys: readonly PlateKey[], frame: number): Box | undefined {
  const after = keys.findIndex((key) => key[0] >= frame)
  const [to, from] = [keys[after], keys[Math.max(0, after - 1)]]
  if (!to || !from || from[0] > frame) return undefined
  const part = to[0] > from[0] ? (frame - from[0]) / (to[0] - from[0]) : 0
  const at = (i: 1 | 2 | 3 | 4): number => from[i] + (to[i] - from[i]) * part
  const [x, y, w, h] = [at(1), at(2), at(3), at(4)]
  return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
}
