// `syntonym demo`: samples (or your own files) through the real REST path in local mode, with before/after sheets at the end.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STATUS } from '#schemas/status.ts'
import { type CommandIo, failureText } from '../command-io.ts'
import { filmFrames } from '../demo/film-frames.ts'
import { followJob } from '../demo/follow.ts'
import { type SheetCell, writeSheet } from '../demo/picture-sheet.ts'
import { createRestClient, type JobResult, type RestClient } from '../demo/rest-client.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { findInputs } from '../find-inputs.ts'
import { createProgress } from '../progress.ts'
import { fileKind } from '../pure/file-kind.ts'
import { startLocalMode } from '../start-local-mode.ts'

const SAMPLES = ['street.jpg', 'crossing.mp4', 'archive.zip'].map((name) =>
  fileURLToPath(new URL(`../../samples/${name}`, import.meta.url)),
)
const SHEET_WIDTH = 760
const FILM_ROWS = 4

export async function demo(
  files: readonly string[],
  options: { readonly out: string },
  io: CommandIo,
): Promise<ExitCode> {
  const inputs = await demoInputs(files)
  const out = resolve(options.out)
  await mkdir(out, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-demo-'))
  try {
    const jobsRoot = join(folder, 'jobs')
    await mkdir(jobsRoot)
    for (const path of inputs) await copyFile(path, join(jobsRoot, basename(path)))
    await using service = await startLocalMode({ dataDir: join(folder, 'data'), jobsRoot }, io.environment)
    io.out.write(`Local mode is up at ${service.url}; ${inputs.length} files go through its REST API.\n`)
    const client = createRestClient(service.url)
    return await runJobs({ client, out, io }, inputs)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function demoInputs(files: readonly string[]): Promise<readonly string[]> {
  if (files.length === 0) return SAMPLES
  const found = await findInputs(files)
  const paths = found.flatMap((input) =>
    input.is === 'file' ? [input.path] : input.files.map((name) => join(input.path, name)),
  )
  const names = new Set(paths.map((path) => basename(path)))
  if (names.size < paths.length) throw new UsageError('Two of the files have the same name.')
  return paths
}

interface Run {
  readonly client: RestClient
  readonly out: string
  readonly io: CommandIo
}

async function runJobs(run: Run, inputs: readonly string[]): Promise<ExitCode> {
  const started = performance.now()
  const progress = createProgress(run.io.out, { json: false })
  const jobs = await Promise.all(
    inputs.map(async (path) => ({
      path,
      label: basename(path),
      id: await run.client.submit(basename(path), 'blur', {}),
    })),
  )
  const ends = await Promise.all(
    jobs.map(async (job) => {
      await run.client.approve(job.id, run.io.signal)
      return followJob({ client: run.client, progress, signal: run.io.signal }, job)
    }),
  )
  progress.close()
  const written: string[] = []
  for (const job of jobs) written.push(...(await fetchResults(run, job)))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  run.io.out.write(`\nDone in ${seconds} s. Look at:\n`)
  for (const path of written) run.io.out.write(`  ${relative(process.cwd(), path)}\n`)
  const good = ends.filter((status) => status === STATUS.completed).length
  return good === ends.length ? EXIT.done : good > 0 ? EXIT.doneWithErrors : EXIT.failed
}

/** Fetches a job's result and report, and draws the sheet; answers the paths that were written. */
async function fetchResults(run: Run, job: { path: string; label: string; id: string }): Promise<string[]> {
  const result = await run.client.result(job.id)
  const stem = join(run.out, basename(job.label, extname(job.label)))
  const report = `${stem}.report.json`
  await writeFile(report, `${JSON.stringify(result, null, 2)}\n`)
  for (const task of result.tasks) {
    if (task.task_status === STATUS.failed)
      run.io.out.write(`  ${job.label}: ${task.file_name}: ${task.status_detail}\n`)
  }
  const link = downloadLink(result)
  if (link === undefined) return [report]
  const hidden = `${stem}.hidden${extname(job.label).toLowerCase() === '.rar' ? '.zip' : extname(job.label)}`
  await run.client.download(link, hidden)
  const sheet = `${stem}.before-after.jpg`
  try {
    const rows = await sheetRows(job.path, hidden)
    if (rows.length === 0) return [hidden, report]
    await writeSheet(sheet, rows, SHEET_WIDTH)
    return [hidden, sheet, report]
  } catch (error) {
    run.io.err.write(`no sheet for ${job.label}: ${failureText(error)}\n`)
    return [hidden, report]
  }
}

/** An archive's result is the packed one; a single file's is its task's. */
function downloadLink(result: JobResult): string | undefined {
  return (
    result.download_url ?? result.tasks.find((task) => task.download_url != null)?.download_url ?? undefined
  )
}

async function sheetRows(
  before: string,
  after: string,
): Promise<readonly (readonly [SheetCell, SheetCell])[]> {
  const kind = fileKind(before)
  if (kind === 'picture') return [[{ data: await readFile(before) }, { data: await readFile(after) }]]
  if (kind !== 'film') return []
  const left = filmFrames(before, FILM_ROWS, SHEET_WIDTH)
  const right = filmFrames(after, FILM_ROWS, SHEET_WIDTH)
  return left.flatMap((cell, index) => {
    const other = right[index]
    return other === undefined ? [] : [[cell, other] as const]
  })
}
