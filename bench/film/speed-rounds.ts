// Measures hiding beside the ffmpeg tool's plain transcode, in turns, each in a process of its own.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import type { RenderReport } from '#anonymizer/worker/protocol.ts'
import { referenceFfmpeg } from '#test/film/reference-decoder.ts'
import { median } from '../detect/cpu-rounds.ts'

export interface Cost {
  readonly cpuMs: number
  readonly wallMs: number
  readonly rssMb: number
}
export interface Hidden extends Cost {
  readonly report: RenderReport
}

const OUT = 'bench-out/speed'
const THREADS = 2

/** T: `ffmpeg -i in -an -c:v libx264 -preset P -crf 23`. Its CPU and peak memory as the shell and the kernel tell them. */
export function transcode(input: string, preset: string): Cost {
  const threads = ['-threads', String(THREADS)]
  const encoding = ['libx264', '-preset', preset, '-crf', '23', ...threads]
  return ffmpeg(referenceFfmpeg() ?? 'ffmpeg', [...threads, '-i', input], encoding)
}

const NVENC = [
  'h264_nvenc',
  '-preset',
  'p3',
  '-tune',
  'hq',
  '-rc',
  'vbr',
  '-cq',
  '23',
  '-b:v',
  '0',
  '-bf',
  '0',
]

/** T of a GPU: no picture comes into memory. By the `ffmpeg` of the machine, which must be built for it. */
export const gpuTranscode = (input: string): Cost =>
  ffmpeg('ffmpeg', ['-hwaccel', 'cuda', '-hwaccel_output_format', 'cuda', '-i', input], NVENC)

function ffmpeg(tool: string, reading: readonly string[], encoding: readonly string[]): Cost {
  mkdirSync(OUT, { recursive: true })
  const quiet = ['-v', 'error', '-nostdin', '-y']
  const command = [tool, ...quiet, ...reading, '-an', '-c:v', ...encoding, join(OUT, 'plain.mp4')]
  const watch =
    'import os,sys,time,resource;t=time.time();p=os.spawnv(os.P_WAIT,sys.argv[1],sys.argv[1:]);r=resource.getrusage(resource.RUSAGE_CHILDREN);print((r.ru_utime+r.ru_stime)*1000,(time.time()-t)*1000,r.ru_maxrss/1024);sys.exit(p)'
  const done = spawnSync('python3', ['-c', watch, ...command], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`the ffmpeg tool ended with ${done.status}: ${done.stderr}`)
  const [cpuMs = Number.NaN, wallMs = Number.NaN, rssMb = Number.NaN] = done.stdout
    .trim()
    .split(' ')
    .map(Number)
  return { cpuMs, wallMs, rssMb }
}

export function hide(input: string, options: readonly string[]): Hidden {
  mkdirSync(OUT, { recursive: true })
  const script = join(import.meta.dirname, 'hide-once.ts')
  const path = join(OUT, 'hidden.mp4')
  return JSON.parse(
    execFileSync(process.execPath, [script, input, path, ...options], { encoding: 'utf8' }),
  ) as Hidden
}

export interface Ratios {
  /** Medians of T divided by ours, round by round. */
  readonly cpu: number
  readonly wall: number
  readonly rss: number
  readonly last: Hidden
}

export function speedRounds(
  name: string,
  input: string,
  how: { readonly preset: string; readonly options: readonly string[]; readonly rounds: number },
): Ratios {
  const rounds: { load: number; plain: Cost; hidden: Hidden }[] = []
  for (let round = 0; round < how.rounds; round++) {
    const plain = transcode(input, how.preset)
    const hidden = hide(input, ['--preset', how.preset, ...how.options])
    rounds.push({ load: loadavg()[0] ?? 0, plain, hidden })
    console.log(
      `${name} ${how.preset} round ${round}: T ${plain.cpuMs.toFixed(0)} CPU-ms, ours ${hidden.cpuMs.toFixed(0)}, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    )
  }
  writeFileSync(join(OUT, `${name}-${how.preset}.rounds.json`), JSON.stringify(rounds, null, 2))
  const last = rounds.at(-1)?.hidden
  if (!last) throw new Error('no rounds')
  const of = (figure: keyof Cost): number =>
    median(rounds.map(({ plain, hidden }) => plain[figure] / hidden[figure]))
  return { cpu: of('cpuMs'), wall: of('wallMs'), rss: 1 / of('rssMb'), last }
}

/** Looks and finds beside a speed, so that none stands alone. */
export const said = ({ report: { faces, plates, frames, facts } }: Hidden): string =>
  `faces=${faces} plates=${plates} frames=${frames} frames_hidden=${facts.frames_hidden} looks=${facts.face_looks}+${facts.plate_looks} traces=${facts.face_traces}+${facts.plate_traces} copied=${facts.frames_copied ?? 0}`

export const roundsFrom = (argument: string | undefined): number => Math.max(1, Number(argument ?? 5))
