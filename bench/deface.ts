// Sets the whole program beside the published deface on the same pictures, faces only: time, CPU, and recall on the same labels.
// `npm run bench -- deface [--kind small|dashcam|page720|page1080] [--pictures N] [--rounds N] [--backend opencv|onnxrt] [--out DIR]`
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { modelCacheFolder } from '#models/model-places.ts'
import { installDeface } from './deface/install-deface.ts'
import { writePages } from './deface/labelled-pages.ts'
import { median } from './detect/cpu-rounds.ts'
import { type LabelledPicture, labelledSets } from './recall/labelled-sets.ts'
import { type Find, isMeasured, judgeFinds } from './recall/match-finds.ts'
import { figuresAt, type JudgedPicture } from './recall/recall-figures.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
const PROGRAM = join(ROOT, 'cli/syntonym')
const FACES_ONLY = ['--set', 'enable_lp=false']
const RULES = { iou: 0.5, leastWidth: 12 }
/** deface's own default threshold and ours: what each hides when nobody says anything. */
const ANYTHING = 0
const KINDS = ['small', 'dashcam', 'page720', 'page1080'] as const
type Kind = (typeof KINDS)[number]
const MEGABYTES = 1 << 26

interface Cost {
  readonly code: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
}
interface Both {
  readonly load: number
  readonly ours: Cost
  readonly theirs: Cost
}
interface Bench {
  readonly data: string
  readonly folder: string
  readonly pictures: number
  readonly rounds: number
  readonly backend: string
  readonly python: Record<string, string | undefined>
}

async function picturesOf(kind: Kind, bench: Bench): Promise<readonly LabelledPicture[]> {
  const folder = join(bench.folder, kind)
  await mkdir(folder)
  if (kind === 'dashcam') {
    const from = join(bench.data, 'plates/romania/images')
    const names = (await readdir(from)).filter((_, i) => i % 8 === 0).slice(0, bench.pictures)
    return copied(
      names.map((name) => ({ name, path: join(from, name), truth: [] })),
      folder,
    )
  }
  const crowd = (await labelledSets(bench.data)).find((set) => set.name === 'crowd')?.pictures ?? []
  if (kind === 'small') return copied(crowd.slice(0, bench.pictures), folder)
  const size = kind === 'page720' ? { width: 1280, height: 720 } : { width: 1920, height: 1080 }
  return writePages(crowd, size, { folder, count: bench.pictures })
}

const copied = (pictures: readonly LabelledPicture[], folder: string): Promise<readonly LabelledPicture[]> =>
  Promise.all(
    pictures.map(async (picture) => {
      const path = join(folder, picture.name)
      await copyFile(picture.path, path)
      return { ...picture, path }
    }),
  )

async function cost(command: readonly string[], environment: Bench['python']): Promise<Cost> {
  const wrapper = join(import.meta.dirname, 'deface/timed_run.py')
  const options = { env: environment, maxBuffer: MEGABYTES }
  const { stdout, stderr } = await run('python3', [wrapper, ...command], options)
  const read: Cost = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  if (read.code !== 0) throw new Error(`${command[0]} ended with code ${read.code}: ${stderr.slice(-800)}`)
  return read
}

/** A B A B …: each round both do the same fresh copy of the pictures. */
async function timed(pictures: readonly LabelledPicture[], bench: Bench): Promise<readonly Both[]> {
  const rounds: Both[] = []
  for (let round = 0; round < bench.rounds; round++) {
    await using input = await freshFolder(bench.folder)
    await copied(pictures, input.path)
    const ours = await cost(
      [PROGRAM, 'hide', input.path, '-o', `${input.path}-hidden`, ...FACES_ONLY],
      process.env,
    )
    // deface writes beside its inputs.
    const theirs = await cost(
      ['python3', '-m', 'deface.deface', input.path, '--backend', bench.backend],
      bench.python,
    )
    rounds.push({ load: loadavg()[0] ?? 0, ours, theirs })
  }
  return rounds
}

async function freshFolder(inside: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(inside, 'round-'))
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true })
      await rm(`${path}-hidden`, { recursive: true, force: true })
    },
  }
}

async function oursFinds(
  pictures: readonly LabelledPicture[],
): Promise<ReadonlyMap<string, readonly Find[]>> {
  const folder = dirname(pictures[0]?.path ?? '')
  const { stdout } = await run(PROGRAM, ['detect', folder, ...FACES_ONLY], { maxBuffer: MEGABYTES })
  const rows: { file: string; detections: Find[] }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return new Map(rows.map((row) => [basename(row.file), row.detections]))
}

async function theirFinds(
  pictures: readonly LabelledPicture[],
  bench: Bench,
): Promise<ReadonlyMap<string, readonly Find[]>> {
  const program = join(import.meta.dirname, 'deface/deface_finds.py')
  const paths = pictures.map((picture) => picture.path)
  const { stdout } = await run('python3', [program, bench.backend, ...paths], {
    env: bench.python,
    maxBuffer: MEGABYTES,
  })
  const rows: { path: string; finds: Find[] }[] = stdout
    .split('\n')
    .filter((line) => line.startsWith('finds '))
    .map((line) => JSON.parse(line.slice(6)))
  return new Map(rows.map((row) => [basename(row.path), row.finds]))
}

function figures(pictures: readonly LabelledPicture[], finds: ReadonlyMap<string, readonly Find[]>) {
  const judged: JudgedPicture[] = pictures.map((picture) => {
    const truth = picture.truth.map((each) => each.box)
    return {
      measured: truth.filter((box) => isMeasured(box, RULES)).length,
      finds: judgeFinds(finds.get(picture.name) ?? [], truth, RULES),
    }
  })
  return figuresAt(judged, ANYTHING)
}

async function compare(kind: Kind, bench: Bench): Promise<string> {
  const pictures = await picturesOf(kind, bench)
  const ours = figures(pictures, await oursFinds(pictures))
  const theirs = figures(pictures, await theirFinds(pictures, bench))
  const rounds = await timed(pictures, bench)
  const ratio = (pick: (cost: Cost) => number): string =>
    median(rounds.map((round) => pick(round.theirs) / pick(round.ours))).toFixed(2)
  const each = (pick: (round: Both) => number): string =>
    ((median(rounds.map(pick)) / pictures.length) * 1000).toFixed(0)
  const recall =
    kind === 'dashcam'
      ? 'recall=unlabelled'
      : `recall=${ours.recall.toFixed(3)} deface_recall=${theirs.recall.toFixed(3)} false=${ours.falsePerPicture.toFixed(2)} deface_false=${theirs.falsePerPicture.toFixed(2)}`
  await writeFile(join(bench.folder, `${kind}.json`), JSON.stringify({ kind, rounds, ours, theirs }, null, 2))
  return `deface kind=${kind} pictures=${pictures.length} backend=${bench.backend} cores=${cpus().length} load=${median(rounds.map((round) => round.load)).toFixed(1)} cpu_ms=${each((round) => round.ours.cpuSeconds)} deface_cpu_ms=${each((round) => round.theirs.cpuSeconds)} cpu_ratio=${ratio((cost) => cost.cpuSeconds)} wall_ratio=${ratio((cost) => cost.wallSeconds)} ${recall} target: ratios>=1 at recall>=deface_recall`
}

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    pictures: { type: 'string', default: '48' },
    rounds: { type: 'string', default: '5' },
    backend: { type: 'string', default: 'auto' },
    data: { type: 'string' },
  },
})
const wanted = KINDS.filter((kind) => values.kind === undefined || values.kind === kind)
if (wanted.length === 0) throw new Error(`--kind is one of ${KINDS.join(', ')}`)
const packages = await installDeface(join(dirname(modelCacheFolder(process.env)), 'bench'))
const folder = await mkdtemp(join(tmpdir(), 'syntonym-deface-'))
try {
  const bench: Bench = {
    data: values.data ?? process.env.SYNTONYM_SHARED_DATA ?? join(ROOT, '../shared/data'),
    folder,
    pictures: Number(values.pictures),
    rounds: Number(values.rounds),
    backend: values.backend,
    python: { ...process.env, PYTHONPATH: packages },
  }
  for (const kind of wanted) console.log(await compare(kind, bench))
} finally {
  await rm(folder, { recursive: true, force: true })
}
