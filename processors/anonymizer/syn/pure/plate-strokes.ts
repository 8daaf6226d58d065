// A lettering of our own for number plates, as strokes; no country's font.

/** x, y after x, y on a cell 1 wide and 1.7 high. */
export type Stroke = readonly number[]

const TOP = 0.08
const END = 1.62
const MIDDLE = 0.82

/** Part of an ellipse as a polyline; degrees clockwise on the screen from the right. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = 24
  return Array.from({ length: steps + 1 }, (_, i) => {
    const turn = ((from + ((to - from) * i) / steps) * Math.PI) / 180
    return [x + rx * Math.cos(turn), y + ry * Math.sin(turn)]
  }).flat()
}

const BOWL = arc(0.45, 0.46, 0.42, 0.38, -90, 90)
const UPRIGHT: Stroke = [0.12, TOP, 0.12, END]

const GLYPHS: Readonly<Record<string, readonly Stroke[]>> = {
  '0': [arc(0.5, 0.85, 0.4, 0.77, 0, 360)],
  A: [
    [0.04, END, 0.5, TOP, 0.96, END],
    [0.2, 1.12, 0.8, 1.12],
  ],
  C: [arc(0.52, 0.85, 0.42, 0.77, 50, 310)],
  D: [UPRIGHT, [0.12, TOP, 0.4, TOP], arc(0.4, 0.85, 0.5, 0.77, -90, 90), [0.4, END, 0.12, END]],
  E: [
    [0.9, TOP, 0.12, TOP, 0.12, END, 0.9, END],
    [0.12, MIDDLE, 0.78, MIDDLE],
  ],
  F: [
    [0.9, TOP, 0.12, TOP, 0.12, END],
    [0.12, MIDDLE, 0.76, MIDDLE],
  ],
  H: [UPRIGHT, [0.88, TOP, 0.88, END], [0.12, MIDDLE, 0.88, MIDDLE]],
  K: [UPRIGHT, [0.9, TOP, 0.14, 1], [0.42, 0.68, 0.94, END]],
  L: [[0.14, TOP, 0.14, END, 0.9, END]],
  M: [[0.08, END, 0.08, TOP, 0.5, 1, 0.92, TOP, 0.92, END]],
  N: [[0.1, END, 0.1, TOP, 0.9, END, 0.9, TOP]],
  P: [UPRIGHT, [0.12, TOP, 0.45, TOP], BOWL, [0.45, 0.84, 0.12, 0.84]],
  Q: [arc(0.5, 0.85, 0.44, 0.77, 0, 360), [0.58, 1.2, 0.98, 1.68]],
  R: [UPRIGHT, [0.12, TOP, 0.45, TOP], BOWL, [0.45, 0.84, 0.12, 0.84], [0.45, 0.84, 0.9, END]],
  T: [
    [0.05, TOP, 0.95, TOP],
    [0.5, TOP, 0.5, END],
  ],
  V: [[0.05, TOP, 0.5, END, 0.95, TOP]],
  X: [
    [0.06, TOP, 0.94, END],
    [0.94, TOP, 0.06, END],
  ],
  Y: [
    [0.05, TOP, 0.5, 0.85, 0.95, TOP],
    [0.5, 0.85, 0.5, END],
  ],
}

/** None for a character that the lettering does not have; a space has none either. */
export const strokesOf = (character: string): readonly Stroke[] => GLYPHS[character] ?? []
export const CELL_HEIGHT = 1.7
