// Draws a number plate flat: where its ink lies, and where the blue band, if it has one.
import { CELL_HEIGHT, type Stroke, strokesOf } from './plate-strokes.ts'

export interface FlatPlate {
  readonly width: number
  readonly height: number
  /** 0..1 for each pixel. */
  readonly ink: Float32Array
  readonly band: Float32Array
}

/** Of the plate's height: border, thickness of a stroke by its cell's width, gap between cells by the same. */
const BORDER = 0.045
const THICKNESS = 0.2
const GAP = 0.34
const SPACE = 0.5
/** Width of the blue band by the plate's height. */
const BAND = 0.42

/** `text` with its rows parted by `|`. */
export function drawPlate(text: string, size: { width: number; height: number }, band: boolean): FlatPlate {
  const { width, height } = size
  const plate: FlatPlate = {
    width,
    height,
    ink: new Float32Array(width * height),
    band: new Float32Array(width * height),
  }
  const rows = text.split('|')
  const left = band ? Math.min(height / rows.length, width * 0.2) * BAND : 0
  const rowHeight = height / rows.length
  rows.forEach((row, i) => {
    drawRow(plate, row, { left, top: i * rowHeight, width: width - left, height: rowHeight })
  })
  drawBorder(plate)
  for (let y = 0; y < height; y++) for (let x = 0; x < left; x++) plate.band[y * width + x] = 1
  return plate
}

interface Room {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function drawRow(plate: FlatPlate, row: string, room: Room): void {
  const characters = [...row]
  const spaces = characters.filter((c) => c === ' ').length
  const cells = characters.length - spaces + spaces * SPACE
  const units = cells + (characters.length - 1) * GAP
  const high = room.height * 0.68
  // Letters fill the height; where the plate is short for its text they get narrower.
  const cell = Math.min((room.width * 0.88) / units, high / 1.35)
  const tall = Math.min(high, cell * 2.1)
  let x = room.left + (room.width - units * cell) / 2
  const top = room.top + (room.height - tall) / 2
  for (const character of characters) {
    const scale = { x: cell, y: tall / CELL_HEIGHT }
    for (const stroke of strokesOf(character)) drawStroke(plate.ink, plate, stroke, { x, top, scale })
    x += cell * (character === ' ' ? SPACE : 1) + cell * GAP
  }
}

interface CellPlace {
  readonly x: number
  readonly top: number
  readonly scale: { readonly x: number; readonly y: number }
}

function drawStroke(
  into: Float32Array,
  size: { readonly width: number; readonly height: number },
  stroke: Stroke,
  { x, top, scale }: CellPlace,
): void {
  const radius = Math.max(0.5, (scale.x * THICKNESS) / 2)
  for (let i = 0; i + 3 < stroke.length; i += 2) {
    const point = (at: number): readonly [number, number] => [
      x + (stroke[at] ?? 0) * scale.x,
      top + (stroke[at + 1] ?? 0) * scale.y,
    ]
    drawSegment(into, size, point(i), point(i + 2), radius)
  }
}

/** Round ends, soft over one pixel. */
function drawSegment(
  into: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  radius: number,
): void {
  const [dx, dy] = [bx - ax, by - ay]
  const length = Math.max(1e-9, dx * dx + dy * dy)
  const reach = radius + 1
  const [y1, y2] = [Math.floor(Math.min(ay, by) - reach), Math.ceil(Math.max(ay, by) + reach)]
  const [x1, x2] = [Math.floor(Math.min(ax, bx) - reach), Math.ceil(Math.max(ax, bx) + reach)]
  for (let y = Math.max(0, y1); y < Math.min(height, y2); y++) {
    for (let x = Math.max(0, x1); x < Math.min(width, x2); x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay]
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) / length))
      const away = Math.hypot(px - t * dx, py - t * dy)
      const value = Math.min(1, Math.max(0, radius + 0.5 - away))
      const at = y * width + x
      if (value > (into[at] ?? 0)) into[at] = value
    }
  }
}

function drawBorder({ width, height, ink }: FlatPlate): void {
  const thick = Math.max(1, Math.round(height * BORDER * 0.6))
  for (let y = 0; y < height; y++) {
    const edge = y < thick || y >= height - thick
    for (let x = 0; x < width; x++) if (edge || x < thick || x >= width - thick) ink[y * width + x] = 0.85
  }
}
