// P4: hiding beside the published deface on the dense 1080p film, faces only, equal preset and rate factor. `npm run bench -- P4 [ROUNDS] [WORDS OF ONE WAY]`
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { modelCacheFolder } from '#models/model-places.ts'
import { installDeface } from './deface/install-deface.ts'
import { median } from './detect/cpu-rounds.ts'
import { hide, roundsFrom, said } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const folder = await installDeface(join(modelCacheFolder(process.env), '..', 'bench'))
const WATCH =
  'import os,sys,resource;p=os.spawnv(os.P_WAIT,sys.executable,[sys.executable,"-m","deface.deface"]+sys.argv[1:]);r=resource.getrusage(resource.RUSAGE_CHILDREN);print((r.ru_utime+r.ru_stime)*1000);sys.exit(p)'
const CODEC = '{"codec": "libx264", "output_params": ["-preset", "veryfast", "-crf", "23"]}'

/** CPU milliseconds of the whole program. */
function deface(input: string, options: readonly string[]): number {
  const command = [input, '--ffmpeg-config', CODEC, '-o', 'bench-out/speed/deface.mp4', ...options]
  const env = { ...process.env, PYTHONPATH: folder, OMP_NUM_THREADS: '2' }
  const done = spawnSync('python3', ['-c', WATCH, ...command], { encoding: 'utf8', env })
  const cpuMs = Number(done.stdout.trim().split('\n').at(-1))
  if (done.status !== 0 || !Number.isFinite(cpuMs))
    throw new Error(`deface ended with ${done.status}: ${done.stderr}`)
  return cpuMs
}

const WAYS = [
  { film: 'dense', name: 'dense, its defaults', options: [], target: 13 },
  { film: 'dense', name: 'dense, --scale 640x360', options: ['--scale', '640x360'], target: 2.7 },
  { film: 'sparse', name: 'sparse, its defaults', options: [], target: 5 },
] as const
const wanted = process.argv[3] ?? ''
for (const { film, name, options, target } of WAYS.filter((way) => way.name.includes(wanted))) {
  const path = testFilm(film)
  const rounds = Array.from({ length: roundsFrom(process.argv[2] ?? '1') }, () => {
    const theirs = deface(path, options)
    const ours = hide(path, ['--no-plates'])
    return { ratio: theirs / ours.cpuMs, theirs, ours }
  })
  const last = rounds.at(-1)?.ours
  if (!last) throw new Error('no rounds')
  console.log(
    `P4 ${name}: cpu_ratio=${median(rounds.map(({ ratio }) => ratio)).toFixed(2)} target>=${target} load=${(loadavg()[0] ?? 0).toFixed(0)} ${said(last)}`,
  )
}
