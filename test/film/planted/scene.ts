// Films made of street pictures on which cut-out faces and plates move: every frame's truth is known to the pixel.
import type { Quad } from '#schemas/detection-document.ts'
import { makeFilm, type Paint } from '../make-film.ts'
import type { Picture, Sprite } from './sprites.ts'

/** Where a sprite's top left lies, in pixels of the frame, and how much larger than it is it is drawn. */
export interface Pose {
  readonly x: number
  readonly y: number
  readonly scale?: number
}

export interface Actor {
  readonly sprite: Sprite
  /** By frame of the shot, from 0; null where it is not there. */
  readonly at: (frame: number) => Pose | null
}

export interface Shot {
  readonly frames: number
  readonly ground: Picture
  readonly actors: readonly Actor[]
  /** The camera: what it adds to every actor's place and does to the ground. Usually it stands still. */
  readonly camera?: (frame: number) => Required<Pose>
}

export interface PlantedObject {
  /** The same through a shot; another in every shot. */
  readonly id: string
  readonly class: 'face' | 'plate'
  readonly quad: Quad
}

export interface Scene {
  readonly width: number
  readonly height: number
  readonly rate: number
  readonly shots: readonly Shot[]
}

const STILL = { x: 0, y: 0, scale: 1 }

interface Place {
  readonly shot: Shot
  readonly shotIndex: number
  readonly frame: number
}

function placeOf(scene: Scene, frame: number): Place {
  let rest = frame
  for (const [shotIndex, shot] of scene.shots.entries()) {
    if (rest < shot.frames) return { shot, shotIndex, frame: rest }
    rest -= shot.frames
  }
  throw new Error(`no frame ${frame}`)
}

export const frameCount = (scene: Scene): number => scene.shots.reduce((sum, shot) => sum + shot.frames, 0)

/** Frames that begin a shot. */
export function shotStarts(scene: Scene): number[] {
  let start = 0
  return scene.shots.map(({ frames }) => {
    start += frames
    return start - frames
  })
}

function posed({ shot, frame }: Place, actor: Actor): Required<Pose> | null {
  const pose = actor.at(frame)
  if (!pose) return null
  const camera = shot.camera?.(frame) ?? STILL
  return {
    x: camera.x + pose.x * camera.scale,
    y: camera.y + pose.y * camera.scale,
    scale: (pose.scale ?? 1) * camera.scale,
  }
}

/** What is planted in a frame, in displayed pixels, also where it lies partly or wholly outside. */
export function truthAt(scene: Scene, frame: number): readonly PlantedObject[] {
  const place = placeOf(scene, frame)
  return place.shot.actors.flatMap((actor, i) => {
    const pose = posed(place, actor)
    if (!pose) return []
    const [a, b, c, d] = actor.sprite.truth
    const corner = ([x, y]: readonly [number, number]): [number, number] => [
      pose.x + x * pose.scale,
      pose.y + y * pose.scale,
    ]
    const quad: Quad = [corner(a), corner(b), corner(c), corner(d)]
    return [{ id: `${place.shotIndex}/${i}`, class: actor.sprite.class, quad }]
  })
}

/** Writes the scene as a film of x264 at a quality that keeps what detectors see. */
export function makeSceneFilm(scene: Scene, path: string, codecOptions: Record<string, string> = {}): void {
  makeFilm({
    path,
    muxer: 'mp4',
    codec: 'libx264',
    codecOptions: { preset: 'ultrafast', crf: '18', ...codecOptions },
    width: scene.width,
    height: scene.height,
    timeBase: [1, scene.rate],
    times: Array.from({ length: frameCount(scene) }, (_, i) => i),
    paint: paintScene(scene),
  })
}

function paintScene(scene: Scene): Paint {
  const picture = Buffer.alloc(scene.width * scene.height * 3)
  return (planes, frame) => {
    const place = placeOf(scene, frame)
    const camera = place.shot.camera?.(place.frame)
    if (camera) draw(picture, scene, place.shot.ground, camera, true)
    else place.shot.ground.rgb.copy(picture)
    for (const actor of place.shot.actors) {
      const pose = posed(place, actor)
      if (pose) draw(picture, scene, actor.sprite, pose, false)
    }
    toYuv(picture, scene, planes)
  }
}

/** Width in pixels over which a sprite's edge fades into the ground. */
const EDGE = 3

/** Bilinear; the ground is repeated where the camera looks beyond it, a sprite ends where it ends. */
function draw(
  target: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
  source: Picture,
  pose: Required<Pose>,
  repeats: boolean,
): void {
  const [x1, y1, x2, y2] = repeats
    ? [0, 0, width, height]
    : [pose.x, pose.y, pose.x + source.width * pose.scale, pose.y + source.height * pose.scale]
  for (let y = Math.max(0, Math.ceil(y1)); y < Math.min(height, y2); y++) {
    for (let x = Math.max(0, Math.ceil(x1)); x < Math.min(width, x2); x++) {
      const sx = (x - pose.x) / pose.scale
      const sy = (y - pose.y) / pose.scale
      const inside = Math.min(sx, sy, source.width - 1 - sx, source.height - 1 - sy)
      const weight = repeats ? 1 : Math.min(1, Math.max(0, inside / EDGE))
      const at = (y * width + x) * 3
      for (let c = 0; c < 3; c++) {
        const old = target[at + c] ?? 0
        target[at + c] = old + (sampleOf(source, sx, sy, c) - old) * weight
      }
    }
  }
}

function sampleOf({ rgb, width, height }: Picture, x: number, y: number, c: number): number {
  const mirrored = (value: number, size: number): number => {
    const turned = Math.abs(value) % (2 * size - 2)
    return turned < size ? turned : 2 * size - 2 - turned
  }
  const [mx, my] = [mirrored(x, width), mirrored(y, height)]
  const [x0, y0] = [Math.floor(mx), Math.floor(my)]
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)]
  const [u, v] = [mx - x0, my - y0]
  const at = (px: number, py: number): number => rgb[(py * width + px) * 3 + c] ?? 0
  return (at(x0, y0) * (1 - u) + at(x1, y0) * u) * (1 - v) + (at(x0, y1) * (1 - u) + at(x1, y1) * u) * v
}

/** BT.601, limited range; colour halved by taking every second pixel. */
function toYuv(
  rgb: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
  planes: Parameters<Paint>[0],
): void {
  const [luma, cb, cr] = planes
  if (!luma || !cb || !cr) throw new Error('planes are missing')
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      const [r, g, b] = [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0]
      luma.data[y * luma.stride + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b
      if ((x & 1) + (y & 1) > 0) continue
      cb.data[(y >> 1) * cb.stride + (x >> 1)] = 128 - 0.148 * r - 0.291 * g + 0.439 * b
      cr.data[(y >> 1) * cr.stride + (x >> 1)] = 128 + 0.439 * r - 0.368 * g - 0.071 * b
    }
  }
}
