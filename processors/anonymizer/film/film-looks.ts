// Builds the looks that a task asks for: which detectors, at which size, how often, how their finds are joined.
import { PermanentFailure } from '#runtime/failure.ts'
import type { Detector } from '../detect/detector.ts'
import { atTwoSizes } from '../detect/two-sizes-detector.ts'
import { type LookPlan, wholeLook } from '../pure/look.ts'
import { SKETCH_HEIGHT, SKETCH_WIDTH } from '../pure/track-cut.ts'
import type { SynModelsSource } from '../syn/open-task-synthesizer.ts'
import { type HeldGreys, heldGreys } from './held-greys.ts'
import type { FilmFacts } from './inspect-film.ts'
import { lookAtFilm, type Watched } from './look-at-film.ts'
import { type LookPictures, lookPictures } from './look-picture.ts'
import { type FrameTiles, frameTiles } from './look-tiles.ts'
import type { Looks } from './looks.ts'
import type { FilmSettings } from './pure/film-settings.ts'
import { type ScaleTo, scaledPictures } from './scaled-picture.ts'
import { seenBetween } from './seen-between.ts'
import { lookAt } from './take-look.ts'
import { trackEnds } from './track-ends.ts'
import { type QuickLooks, watchClass } from './watch-class.ts'

export interface FilmModels {
  readonly face?: Detector | undefined
  readonly plate?: Detector | undefined
  /** A smaller model that follows known faces between two looks; without it every look is a full one. */
  readonly secondFace?: Detector | undefined
  /** What synthetic faces are made with; asked for only where they are. */
  readonly syn?: SynModelsSource | undefined
}

export interface ClassLooks {
  /** The detector sees half of the film's longest side, in pixels, but no less and no more than this. */
  readonly leastSide: number
  readonly mostSide: number
  /** A small film is enlarged by no more than this. */
  readonly mostEnlarged: number
  /**
   * Looks lie so far apart as long as they join; 0 looks at every frame. Measured on bird.mkv and the talking
   * portrait (30 frames a second): at .1 s a third of the looks, and not one of 726 faces found by looking at every
   * frame was left open; at .2 s on people entering a room 2.3 % were.
   */
  readonly everySeconds: number
  /** As long as nothing happens and everybody known stays where expected, looks lie up to so far apart. */
  readonly calmSeconds: number
  /**
   * What is looked at between two looks that do not join. Faces are followed in parts of the frame; small far plates
   * flicker and would not be found again by following: on the dashcam film 7 instead of 4 of 12 finds were left open.
   */
  readonly between: 'traces' | 'all'
  /**
   * So many looks in a row are quick ones that follow who is known; then a full one. 0: every look is a full one. Plates
   * have none: far ones are not seen in a smaller picture, and on the dashcam film 9 finds instead of 4 were left open.
   */
  readonly quickInRow: number
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
  face: {
    leastSide: 640,
    mostSide: 960,
    mostEnlarged: 2,
    everySeconds: 0.1,
    calmSeconds: 0.3,
    between: 'traces',
    quickInRow: 2,
    padSeconds: 0.4,
  },
  plate: {
    leastSide: 1152,
    mostSide: 1152,
    mostEnlarged: 1.5,
    everySeconds: 0.1,
    calmSeconds: 0.3,
    between: 'all',
    quickInRow: 0,
    padSeconds: 0.2,
  },
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
  const tiles = settings.slicing ? made.use(frameTiles(facts)) : undefined
  const pictures = sharedPictures(facts, made)
  const greys = made.use(heldGreys(facts))
  const watched = wantedClasses(settings, models).map((wanted): Watched => {
    const entry = watchedClass(wanted, { facts, rules, tiles, pictures, greys })
    made.use(entry.watch)
    return entry
  })
  const sketches = made.use(scaledPictures(SKETCH))
  const settledSeconds = Math.max(rules.longestGapSeconds, rules.face.padSeconds, rules.plate.padSeconds)
  const longestWait = Math.max(...watched.map((each) => each.longestWait), 1)
  const settledFrames = rules.longestGapFrames + longestWait
  const size = facts.displayed
  const looks = lookAtFilm({ size, watched, sketches, greys, settledSeconds, settledFrames, longestWait })
  const owned = made.move()
  return { ...looks, [Symbol.dispose]: () => owned.dispose() }
}

const SKETCH: ScaleTo = {
  width: SKETCH_WIDTH,
  height: SKETCH_HEIGHT,
  room: { width: SKETCH_WIDTH, height: SKETCH_HEIGHT },
  format: 'gray',
  filter: 'area',
}

interface WantedClass {
  readonly class: 'face' | 'plate'
  readonly detector: Detector
  readonly quick?: Detector | undefined
  readonly threshold: number
  readonly tracked: boolean
}

function wantedClasses(settings: FilmSettings, models: FilmModels): readonly WantedClass[] {
  const required = (detector: Detector | undefined, what: string): Detector => {
    if (detector) return detector
    throw new PermanentFailure('MODEL_NOT_AVAILABLE', `There is no ${what} detector here.`)
  }
  const face = (): WantedClass => ({
    class: 'face',
    detector: required(models.face, 'face'),
    quick: models.secondFace,
    threshold: settings.faceThreshold,
    tracked: true,
  })
  const plate = (): WantedClass => ({
    class: 'plate',
    detector: atBothSizes(required(models.plate, 'plate')),
    threshold: settings.plateThreshold,
    tracked: settings.trackPlates,
  })
  return [...(settings.faces ? [face()] : []), ...(settings.plates ? [plate()] : [])]
}

/** Our plate detector misses near plates at the size where it finds far ones (models/plates/CARD.md). */
const atBothSizes = (plate: Detector): Detector =>
  plate.lookKind === 'plate-quad' ? atTwoSizes(plate) : plate

type PicturesFor = (plan: LookPlan) => LookPictures

/** Classes that look at frames of one size share them: a frame is made small once. */
function sharedPictures(facts: FilmFacts, owner: DisposableStack): PicturesFor {
  const known = new Map<string, LookPictures>()
  return (plan) => {
    const { width, height } = wholeLook(facts.displayed.width, facts.displayed.height, plan)
    const size = `${width}x${height}`
    const pictures = known.get(size) ?? owner.use(lookPictures(facts, plan))
    known.set(size, pictures)
    return pictures
  }
}

interface Around {
  readonly facts: FilmFacts
  readonly rules: LookRules
  readonly tiles: FrameTiles | undefined
  readonly pictures: PicturesFor
  readonly greys: HeldGreys
}

function watchedClass(wanted: WantedClass, around: Around): Watched {
  const { facts, rules, tiles } = around
  const { threshold, tracked } = wanted
  const classRules = rules[wanted.class]
  const nearSeconds = tracked ? classRules.everySeconds : 0
  const near = framesBetweenLooks(facts, nearSeconds)
  const far = nearSeconds === 0 ? 1 : Math.max(near, framesBetweenLooks(facts, classRules.calmSeconds))
  const { longestGapSeconds, longestGapFrames } = rules
  const faint = threshold * FAINT_PART
  const isSame = wanted.class === 'plate' ? seenBetween(around.greys) : undefined
  const pictures = around.pictures(lookPlan(facts, classRules))
  const most = tiles || nearSeconds === 0 ? 0 : classRules.quickInRow
  const mostWaiting = most === 0 ? far : Math.max(far, near * (most + 1))
  const quick =
    most === 0 ? undefined : quickLooks(wanted, faint, { pictures: around.pictures, most, mostWaiting })
  const watch = watchClass({
    ...{ detector: wanted.detector, pictures, faint },
    tiles,
    quick,
    cadence: { near, far },
    nearSeconds,
    between: classRules.between,
    rules: { strong: threshold, longestGapSeconds, longestGapFrames, isSame },
  })
  return {
    class: wanted.class,
    watch,
    fill: { padSeconds: classRules.padSeconds, leastPadFrames: near },
    ends: trackEnds(around.greys, Math.min(longestGapFrames, framesIn(facts, longestGapSeconds))),
    longestWait: mostWaiting,
    tracked,
    threshold,
  }
}

/** The longest side of the picture that a quick look at a whole frame sees. */
const QUICK_SIDE = 640

/** Undefined where there is no smaller model. */
function quickLooks(
  { quick }: WantedClass,
  faint: number,
  {
    pictures: picturesFor,
    ...bounds
  }: { readonly pictures: PicturesFor } & Pick<QuickLooks, 'most' | 'mostWaiting'>,
): QuickLooks | undefined {
  if (!quick) return undefined
  const pictures = picturesFor({ longestSide: QUICK_SIDE, mostEnlarged: 1 })
  return {
    ...bounds,
    find: (frame) => lookAt({ detector: quick, pictures, faint }, frame),
  }
}

/** Rates like 29.97 count as 30. */
const RATE_SLACK = 0.02
/** A container that claims a thousand frames a second is not believed. */
const MOST_FRAMES_BETWEEN_LOOKS = 12

const framesBetweenLooks = (facts: FilmFacts, everySeconds: number): number =>
  Math.min(MOST_FRAMES_BETWEEN_LOOKS, framesIn(facts, everySeconds))

/** At least 1. */
function framesIn({ frameRate }: FilmFacts, seconds: number): number {
  const rate = frameRate.den > 0 ? frameRate.num / frameRate.den : 0
  return Math.max(1, Math.floor(rate * seconds + RATE_SLACK))
}

function lookPlan({ displayed }: FilmFacts, { leastSide, mostSide, mostEnlarged }: ClassLooks): LookPlan {
  const half = Math.max(displayed.width, displayed.height) / 2
  return { longestSide: Math.min(mostSide, Math.max(leastSide, half)), mostEnlarged }
}
