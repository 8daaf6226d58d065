// A thousand one-picture jobs in a row: memory, open files and status reads must not grow.
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { makeSite, startDev } from '#test/e2e/dev-process.ts'
import { approve, call, submit, waitForEnd } from '#test/e2e/rest.ts'

const JOBS = Number(process.argv[2] ?? 1000)
const SAMPLE_EVERY = Math.max(1, Math.floor(JOBS / 10))
const STATUS_READS = 2000

function processFacts(pid: number): { rssMb: number; openFiles: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return { rssMb: rssKb / 1024, openFiles: readdirSync(`/proc/${pid}/fd`).length }
}

async function statusP99Ms(url: string, jobId: string): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < STATUS_READS; index++) {
    const started = performance.now()
    await call(url, 'GET', `/job_status/${jobId}`)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  return times[Math.floor(STATUS_READS * 0.99)] ?? Number.NaN
}

await using site = await makeSite()
await writeFile(
  join(site.jobsRoot, 'small.jpg'),
  await sharp({ create: { width: 160, height: 120, channels: 3, background: '#778899' } })
    .jpeg()
    .toBuffer(),
)
const dev = await startDev(site)
const rows: { jobs: number; rssMb: number; openFiles: number }[] = []
let lastJob = ''
const started = performance.now()
for (let index = 1; index <= JOBS; index++) {
  lastJob = await submit(dev.url, 'small.jpg')
  await approve(dev.url, lastJob)
  const status = await waitForEnd(dev.url, lastJob)
  if (status !== 3) throw new Error(`job ${index} ended with ${status}`)
  if (index % SAMPLE_EVERY === 0) {
    rows.push({ jobs: index, ...processFacts(dev.pid) })
    console.log(JSON.stringify(rows.at(-1)))
  }
}
const seconds = (performance.now() - started) / 1000
const p99 = await statusP99Ms(dev.url, lastJob)
await dev.stop()
const warm = rows[1] ?? rows[0]
const last = rows.at(-1)
console.log(
  `endurance jobs=${JOBS} seconds=${seconds.toFixed(0)} rss_growth_mb=${((last?.rssMb ?? 0) - (warm?.rssMb ?? 0)).toFixed(0)} ` +
    `open_files_growth=${(last?.openFiles ?? 0) - (warm?.openFiles ?? 0)} status_p99_ms=${p99.toFixed(2)} target p99<5`,
)
