// Says how far outside a shape a point lies, so that the edge of a mask can fade outwards and never inwards.
import type { EllipseShape, MaskShape, QuadShape } from './mask-shape.ts'

/** Distance in full-size pixels from the shape to (x, y); 0 inside. Of an ellipse measured along its shorter half axis. */
export function distanceFrom(shape: MaskShape): (x: number, y: number) => number {
  return shape.kind === 'ellipse' ? ellipseDistance(shape) : quadDistance(shape)
}

function ellipseDistance(shape: EllipseShape): (x: number, y: number) => number {
  const cos = Math.cos((shape.roll * Math.PI) / 180)
  const sin = Math.sin((shape.roll * Math.PI) / 180)
  const { cx, cy } = shape
  const shorter = Math.min(shape.rx, shape.ry)
  const perX = 1 / shape.rx
  const perY = 1 / shape.ry
  return (x, y) => {
    const dx = x - cx
    const dy = y - cy
    const u = (dx * cos + dy * sin) * perX
    const v = (dy * cos - dx * sin) * perY
    return Math.max(0, (Math.sqrt(u * u + v * v) - 1) * shorter)
  }
}

/** Greatest signed distance to the four edges; exact along edges, a little short at corners. */
function quadDistance(shape: QuadShape): (x: number, y: number) => number {
  const edges = shape.corners.flatMap((p, i) => {
    const q = shape.corners[(i + 1) % 4] ?? p
    const length = Math.hypot(q[0] - p[0], q[1] - p[1])
    if (length < 1e-9) return []
    const nx = (q[1] - p[1]) / length
    const ny = (p[0] - q[0]) / length
    return [{ nx, ny, at: nx * p[0] + ny * p[1] }]
  })
  return (x, y) => {
    let farthest = 0
    for (const edge of edges) {
      const distance = edge.nx * x + edge.ny * y - edge.at
      if (distance > farthest) farthest = distance
    }
    return farthest
  }
}
