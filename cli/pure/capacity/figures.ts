// The figures that the capacity model is fed with: each with its unit and whether it was measured, published or assumed.

export interface Figure {
  readonly value: number
  readonly unit: string
  readonly from: 'measured' | 'published' | 'assumed'
  /** How it was found, and what makes it different elsewhere. */
  readonly note: string
}

const figure = (value: number, unit: string, from: Figure['from'], note: string): Figure => ({
  ...{ value, unit, from, note },
})

/** CPU figures: one thread of Zen 3 with AVX2. Frames are 1920 x 1080. */
export const FIGURES = {
  decode_ms: figure(11, 'CPU-ms a frame', 'measured', 'H.264; 9 to 12'),
  encode_ms: figure(42, 'CPU-ms a frame', 'measured', 'x264 veryfast; 38 to 45 (ultrafast: 9 to 14)'),
  copy_ms: figure(0.3, 'CPU-ms a frame', 'measured', 'a frame of a group that is taken over as it is'),
  looks_per_frame: figure(
    0.72,
    'looks a frame',
    'measured',
    'bench P1, dense film, faces and plates: 86 looks, 120 frames',
  ),
  detect_ms: figure(
    60,
    'CPU-ms a frame',
    'measured',
    'bench P1, dense film: all but decoding and encoding; one round at load 5',
  ),
  look_host_ms: figure(
    6,
    'CPU-ms a look',
    'measured',
    'scaling a frame for a look, 4 to 8; what is left for the CPU beside a GPU',
  ),
  gpu_look_ms: figure(
    5,
    'GPU-ms a look',
    'assumed',
    'not measured on any GPU here: read syntonym_detector_seconds_total / _runs_total on yours',
  ),
  picture_ms: figure(
    660,
    'CPU-ms a picture',
    'measured',
    '1600 x 1000 with 5 faces and 2 plates, both detectors; `hide` with 5 and with 2 pictures at load 15',
  ),
  picture_host_ms: figure(
    150,
    'CPU-ms a picture',
    'assumed',
    'reading, hiding and writing, where a GPU looks',
  ),
  picture_looks: figure(6, 'looks a picture', 'assumed', 'several sizes and turns; depends on what is found'),
  task_ms: figure(
    8,
    'CPU-ms a task',
    'measured',
    'bench P14, all processes together without pixels; at load 15',
  ),
  utilization: figure(0.7, 'of a node', 'assumed', 'above it queues grow long at every uneven hour'),
  thread_gain: figure(0.85, 'of n threads', 'assumed', 'the goal for one film on n cores'),
  facts_per_task: figure(
    4,
    'facts a task',
    'assumed',
    'counted in the code: planned, handed out, started, ended',
  ),
  projection_facts: figure(
    3_333,
    'facts a second',
    'measured',
    'a test holds one process to 100,000 in 30 s of CPU',
  ),
  relay_facts: figure(
    25_600,
    'facts a second',
    'assumed',
    'one owner; a batch of 256 in 10 ms: read, publish with acks=all, remove',
  ),
  redis_calls_per_task: figure(
    12,
    'calls a task',
    'assumed',
    'counted in the code: lease with state, settling, confirming, views of four facts',
  ),
  redis_calls: figure(
    20_000,
    'calls a second',
    'assumed',
    'one thread of Redis running functions of several commands',
  ),
} as const satisfies Readonly<Record<string, Figure>>

export type FigureName = keyof typeof FIGURES
export type Figures = Readonly<Record<FigureName, number>>

export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[]

export const usualFigures = (): Figures =>
  Object.fromEntries(FIGURE_NAMES.map((name) => [name, FIGURES[name].value])) as Figures

/**
 * Frames a second of 1080p H.264 that NVIDIA's codecs of one card transcode, or decode where it has no encoder. Told beside
 * a plan as what the card could do: films are decoded and encoded on the CPU today.
 */
export const CODEC_CEILINGS = {
  T4: { fps: 600, encoder: true },
  A10: { fps: 617, encoder: true },
  L4: { fps: 1_290, encoder: true },
  H100: { fps: 2_500, encoder: false },
} as const

export type Gpu = keyof typeof CODEC_CEILINGS
export const GPUS = Object.keys(CODEC_CEILINGS) as readonly Gpu[]
