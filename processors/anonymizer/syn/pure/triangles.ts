// Walks over the pixels of triangles: the one way in which meshes are drawn here.

/** Called for each pixel of row y, x1 <= x < x2, with the barycentric weights at x1 and their change per pixel. */
export type SpanVisitor = (span: TriangleSpan) => void
export interface TriangleSpan {
  y: number
  x1: number
  x2: number
  /** Weights of the second and third corner at the centre of pixel x1, and what one pixel to the right adds. */
  v: number
  w: number
  vStep: number
  wStep: number
  /** Index of the triangle. */
  triangle: number
}

/**
 * Visits every pixel whose centre lies in a triangle that faces the viewer (clockwise on the screen, as in the upright
 * mean face): folded ones, on the far side of a turned head, are left out. `flat`: x, y after x, y; `corners`: three
 * indices for each triangle.
 */
export function visitTriangles(
  flat: ArrayLike<number>,
  corners: ArrayLike<number>,
  size: { readonly width: number; readonly height: number },
  visit: SpanVisitor,
): void {
  const span: TriangleSpan = { y: 0, x1: 0, x2: 0, v: 0, w: 0, vStep: 0, wStep: 0, triangle: 0 }
  for (let t = 0; t * 3 + 2 < corners.length; t++) {
    const a = (corners[t * 3] ?? 0) * 2
    const b = (corners[t * 3 + 1] ?? 0) * 2
    const c = (corners[t * 3 + 2] ?? 0) * 2
    const ax = flat[a] ?? 0
    const ay = flat[a + 1] ?? 0
    const bx = (flat[b] ?? 0) - ax
    const by = (flat[b + 1] ?? 0) - ay
    const cx = (flat[c] ?? 0) - ax
    const cy = (flat[c + 1] ?? 0) - ay
    const area = bx * cy - by * cx
    if (!(area > 1e-9)) continue
    span.triangle = t
    span.vStep = cy / area
    span.wStep = -by / area
    const top = Math.max(0, Math.ceil(ay + Math.min(0, by, cy) - 0.5))
    const bottom = Math.min(size.height - 1, Math.floor(ay + Math.max(0, by, cy) - 0.5))
    const left = Math.max(0, Math.ceil(ax + Math.min(0, bx, cx) - 0.5))
    const right = Math.min(size.width - 1, Math.floor(ax + Math.max(0, bx, cx) - 0.5))
    for (let y = top; y <= bottom; y++) {
      const py = y + 0.5 - ay
      // At x = ax: both weights are linear in x from there.
      const v0 = (-py * cx) / area
      const w0 = (py * bx) / area
      span.x1 = left
      span.x2 = right + 1
      narrow(span, v0, span.vStep, ax)
      narrow(span, w0, span.wStep, ax)
      narrow(span, 1 - v0 - w0, -(span.vStep + span.wStep), ax)
      if (span.x1 >= span.x2) continue
      span.y = y
      span.v = v0 + (span.x1 + 0.5 - ax) * span.vStep
      span.w = w0 + (span.x1 + 0.5 - ax) * span.wStep
      visit(span)
    }
  }
}

/** To the pixels of the row where a weight is at least zero, a hair outside included so that no seam stays open. */
function narrow(span: TriangleSpan, start: number, step: number, ax: number): void {
  const slack = start + 1e-6
  if (Math.abs(step) < 1e-12) {
    if (slack < 0) span.x2 = span.x1
    return
  }
  const zero = ax - slack / step - 0.5
  if (step > 0) span.x1 = Math.max(span.x1, Math.ceil(zero))
  else span.x2 = Math.min(span.x2, Math.floor(zero) + 1)
}
