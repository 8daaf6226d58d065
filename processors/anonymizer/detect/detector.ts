// What every detector promises: finds in the pixels of the picture that it was given.
import type { Box, Quad } from '#schemas/detection-document.ts'

/** Interleaved RGB, 8 bits, rows without padding: `data.length` is width x height x 3. */
export interface RgbPicture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

export interface RawDetection {
  readonly class: 'face' | 'plate'
  /** In the user's scale: .5 means the same trade for every model (docs/decisions/0004). */
  readonly score: number
  /** [x1, y1, x2, y2] in the given picture's pixels; may reach over its edges. */
  readonly box: Box
  readonly quad?: Quad
  /** Degrees, clockwise on the screen. */
  readonly roll?: number
}

export interface Detector extends AsyncDisposable {
  readonly modelId: string
  readonly modelSha256: string
  /** Kinds of detectors are best at different sizes of the look; none said: `face`. */
  readonly lookKind?: 'face' | 'second-face' | 'plate-quad' | 'plate-text'
  /**
   * Finds with a score of at least `threshold` (user's scale), one per object, best first.
   * @throws {PermanentFailure} DETECTION_FAILED when the model gave no sound answer
   */
  detect(picture: RgbPicture, threshold: number): Promise<readonly RawDetection[]>
}

/** A model whose bytes were checked; what the model store loads. */
export interface DetectorModel {
  readonly id: string
  readonly sha256: string
  readonly bytes: Uint8Array
  readonly calibration: readonly (readonly [number, number])[]
}
