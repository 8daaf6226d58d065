// Tells how far a head leans from the five points of a face.

/** x, y of right eye, left eye, nose, right and left mouth corner (right and left of the person). */
export type FacePoints = ArrayLike<number>

/**
 * Roll in degrees, clockwise on the screen, 0 for an upright head. Eyes give the level, the way from the eyes to the
 * mouth the upright: their sum also holds in profile, where the eyes fall together.
 */
export function faceRoll(points: FacePoints, from = 0): number {
  const at = (i: number): number => points[from + i] ?? 0
  const levelX = at(2) - at(0)
  const levelY = at(3) - at(1)
  const downX = (at(6) + at(8) - at(0) - at(2)) / 2
  const downY = (at(7) + at(9) - at(1) - at(3)) / 2
  return (Math.atan2(levelY - downX, levelX + downY) * 180) / Math.PI
}
