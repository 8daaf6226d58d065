// Builds the looks that a task asks for: which detectors, at which size, how often, how their finds are joined.
import { PermanentFailure } from '#runtime/failure.ts'
import type { Detector } from '../detect/detector.ts'
import type { LookPlan } from '../pure/look.ts'
import type { FilmFacts } from './inspect-film.ts'
import { lookAtFilm, type Watched } from './look-at-film.ts'
import { type LookPictures, lookPictures } from './look-picture.ts'
import { type FrameTiles, frameTiles } from './look-tiles.ts'
import type { Looks } from './looks.ts'
import type { FilmSettings } from './pure/film-settings.ts'
import { watchClass } from './watch-class.ts'

export interface FilmModels {
  readonly face?: Detector | undefined
  readonly plate?: Detector | undefined
}

export interface ClassLooks {
  /** The detector sees half of the film's longest side, in pixels, but no less and no more than this. */
  readonly leastSide: number
  readonly mostSide: number
  /** A small film is enlarged by no more than this. */
  readonly mostEnlarged: number
  /** One look in so many frames, as long as the looks join. */
  readonly every: number
  /** An object is hidden for so long before its first and after its last sighting. */
  readonly padSeconds: number
}

/** How a film is looked at. */
export interface LookRules {
  readonly face: ClassLooks
  readonly plate: ClassLooks
  /** A track unseen for longer is over, in seconds and in frames. */
  readonly longestGapSeconds: number
  readonly longestGapFrames: number
}

export const USUAL_LOOKS: LookRules = {
  face: { leastSide: 640, mostSide: 960, mostEnlarged: 2, every: 1, padSeconds: 0.4 },
  plate: { leastSide: 1280, mostSide: 1280, mostEnlarged: 1.5, every: 3, padSeconds: 0.2 },
  longestGapSeconds: 1,
  longestGapFrames: 45,
}

/** Faint finds count from this part of the threshold: they never start a track, but keep one alive. */
const FAINT_PART = 0.5

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export function filmLooks(
  facts: FilmFacts,
  settings: FilmSettings,
  models: FilmModels,
  rules: LookRules = USUAL_LOOKS,
): Looks {
  using made = new DisposableStack()
  const facePictures = made.use(lookPictures(facts, lookPlan(facts, rules.face)))
  const tiles = settings.slicing ? made.use(frameTiles(facts)) : undefined
  const watched: Watched[] = []
  const add = (options: ClassOptions): void => {
    const entry = watchedClass(options, rules, tiles)
    made.use(entry.watch)
    watched.push(entry)
  }
  if (settings.faces) {
    const detector = required(models.face, 'face detector')
    add({
      class: 'face',
      detector,
      pictures: facePictures,
      threshold: settings.faceThreshold,
      every: rules.face.every,
      tracked: true,
    })
  }
  if (settings.plates) {
    const detector = required(models.plate, 'plate detector')
    const pictures = made.use(lookPictures(facts, lookPlan(facts, rules.plate)))
    const every = settings.trackPlates ? rules.plate.every : 1
    add({
      class: 'plate',
      detector,
      pictures,
      threshold: settings.plateThreshold,
      every,
      tracked: settings.trackPlates,
    })
  }
  const settledSeconds = Math.max(rules.longestGapSeconds, rules.face.padSeconds, rules.plate.padSeconds)
  const longestWait = Math.max(rules.face.every, rules.plate.every)
  const settledFrames = rules.longestGapFrames + longestWait
  const looks = lookAtFilm({
    size: facts.displayed,
    watched,
    pictures: facePictures,
    settledSeconds,
    settledFrames,
    longestWait,
  })
  const owned = made.move()
  return { ...looks, [Symbol.dispose]: () => owned.dispose() }
}

function lookPlan({ displayed }: FilmFacts, { leastSide, mostSide, mostEnlarged }: ClassLooks): LookPlan {
  const half = Math.max(displayed.width, displayed.height) / 2
  return { longestSide: Math.min(mostSide, Math.max(leastSide, half)), mostEnlarged }
}

interface ClassOptions {
  readonly class: 'face' | 'plate'
  readonly detector: Detector
  readonly pictures: LookPictures
  readonly threshold: number
  readonly every: number
  readonly tracked: boolean
}

function watchedClass(options: ClassOptions, rules: LookRules, tiles: FrameTiles | undefined): Watched {
  const { detector, pictures, threshold, every } = options
  return {
    class: options.class,
    watch: watchClass({
      detector,
      pictures,
      tiles,
      every,
      faint: threshold * FAINT_PART,
      rules: {
        strong: threshold,
        longestGapSeconds: rules.longestGapSeconds,
        longestGapFrames: rules.longestGapFrames,
      },
    }),
    fill: { padSeconds: rules[options.class].padSeconds, leastPadFrames: every },
    tracked: options.tracked,
    threshold,
  }
}

function required(detector: Detector | undefined, what: string): Detector {
  if (detector) return detector
  throw new PermanentFailure('MODEL_NOT_AVAILABLE', `There is no ${what} here.`)
}
