// Tiles pictures of a film into one sheet, upright, so that a person sees at a glance what was hidden.
import sharp from 'sharp'
import { inspectFilm } from '../../processors/anonymizer/film/inspect-film.ts'
import { openFilm } from '../../processors/anonymizer/film/open-film.ts'
import type { ContainerRules } from '../../processors/anonymizer/film/pure/container.ts'
import { turnRgb } from '../../processors/anonymizer/film/pure/rotation.ts'
import { newTally, readFilm } from '../../processors/anonymizer/film/read-film.ts'
import { scaledPictures } from '../../processors/anonymizer/film/scaled-picture.ts'

export interface SheetPlan {
  readonly columns: number
  /** Of one tile, in pixels. */
  readonly tileWidth: number
  /** Frames to show, from 0; in order. */
  readonly frames: readonly number[]
}

const GAP = 4

export interface FilmPictures {
  readonly width: number
  readonly height: number
  /** RGB, upright, without padding. */
  readonly tiles: readonly Buffer[]
}

/** The wanted frames of the film at `path`, in order; fewer where it ends sooner. */
export async function filmPictures(
  path: string,
  rules: ContainerRules,
  { tileWidth: width, frames }: Pick<SheetPlan, 'tileWidth' | 'frames'>,
): Promise<FilmPictures> {
  const facts = inspectFilm(path, rules)
  const height = Math.max(1, Math.round((width * facts.displayed.height) / facts.displayed.width))
  const sideways = facts.displayed.width !== facts.stored.width
  const stored = sideways ? { width: height, height: width } : { width, height }
  using film = openFilm(path, rules)
  using scaled = scaledPictures({ ...stored, room: stored, format: 'rgb24', filter: 'area' })
  const wanted = new Set(frames)
  const tiles: Buffer[] = []
  let index = 0
  for (const part of readFilm(film, newTally(), { threads: 2, audio: false, joinClock: false })) {
    if (part.part !== 'picture') continue
    if (wanted.has(index++)) {
      const tile = Buffer.alloc(width * height * 3)
      turnRgb(scaled.scaleRows(part.frame), stored, facts.rotation, { data: tile, stride: width * 3 })
      tiles.push(tile)
    }
    if (tiles.length === wanted.size) break
  }
  return { width, height, tiles }
}

/** Writes the frames of the film at `path` to the PNG or JPEG at `sheetPath`. Returns how many were found. */
export async function contactSheet(
  path: string,
  rules: ContainerRules,
  sheetPath: string,
  plan: SheetPlan,
): Promise<number> {
  const { width, height, tiles } = await filmPictures(path, rules, plan)
  const rows = Math.ceil(tiles.length / plan.columns)
  await sharp({
    create: {
      width: plan.columns * (width + GAP),
      height: Math.max(1, rows) * (height + GAP),
      channels: 3,
      background: '#202020',
    },
  })
    .composite(
      tiles.map((tile, i) => ({
        input: tile,
        raw: { width, height, channels: 3 },
        left: (i % plan.columns) * (width + GAP),
        top: Math.floor(i / plan.columns) * (height + GAP),
      })),
    )
    .toFile(sheetPath)
  return tiles.length
}
