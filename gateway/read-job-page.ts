// Reads one page of an account's jobs, newest first; jobs handed in meanwhile never move those behind them.

import type { JobBody } from '#schemas/http/job-bodies.ts'
import { decisionKey, decisionSchema } from '#schemas/state-keys.ts'
import { accountJobsSet, jobDoc } from '#schemas/views.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { CursorPlace } from './pure/cursor.ts'
import { jobBody } from './pure/job-body.ts'
import { decidedFields } from './pure/job-facts.ts'
import { parsedEntry } from './read-entries.ts'
import { readCounts, readDocs } from './read-job.ts'

/** So many jobs are read at once, and so many in all before a page is cut short. */
const CHUNK = 100
const MAX_SCANNED = 2_000

export interface JobFilter {
  readonly status: number | undefined
  readonly model: 'blur' | 'syn' | undefined
  /** Milliseconds since 1970, UTC, both inclusive. */
  readonly createdFromMs: number | undefined
  readonly createdToMs: number | undefined
}
export interface JobPage {
  readonly jobs: readonly JobBody[]
  /** Behind which to go on; undefined at the end. */
  readonly next: CursorPlace | undefined
}

type Ports = Pick<GatewayParts, 'store' | 'views' | 'clock'>

/** The jobs of some places that are still visible to the account, as they are shown. */
async function readBodies(
  ports: Ports,
  places: readonly CursorPlace[],
): Promise<readonly (JobBody | undefined)[]> {
  const now = ports.clock.now()
  const [decisions, docs] = await Promise.all([
    ports.store.getMany(places.map(({ member }) => decisionKey(member))),
    readDocs(
      ports,
      places.map(({ member }) => jobDoc(member)),
    ),
  ])
  return Promise.all(
    places.map(async ({ member: jobId }, index) => {
      const decision = parsedEntry(decisionSchema, decisions[index])?.value
      if (decision === undefined || decision.state === 'deleted') return undefined
      const fields = decidedFields(docs[index] ?? {}, decision, now)
      return jobBody({ jobId, fields, counts: await readCounts(ports, jobId), runningProgress: 0 }, now)
    }),
  )
}

const matches = (job: JobBody, filter: JobFilter): boolean =>
  (filter.status === undefined || job.status === filter.status) &&
  (filter.model === undefined || job.model === filter.model)

/** Where a scan begins: behind the cursor, or at the latest moment asked for. */
function firstPlace(filter: JobFilter, cursor: CursorPlace | undefined): CursorPlace | undefined {
  if (cursor !== undefined || filter.createdToMs === undefined) return cursor
  return { score: filter.createdToMs + 1, member: '' }
}

/** A page of at most `limit` jobs; with a filter that hits rarely it may be shorter and still have a next one. */
export async function readJobPage(
  ports: Ports,
  accountId: string,
  { filter, limit, cursor }: { filter: JobFilter; limit: number; cursor: CursorPlace | undefined },
): Promise<JobPage> {
  const jobs: JobBody[] = []
  const selective = filter.status !== undefined || filter.model !== undefined
  const chunk = selective ? CHUNK : Math.min(CHUNK, limit + 1)
  let last = firstPlace(filter, cursor)
  for (let scanned = 0; scanned < MAX_SCANNED; ) {
    const after = last === undefined ? {} : { after: last }
    const members = await ports.views.members(accountJobsSet(accountId), {
      order: 'down',
      limit: chunk,
      ...after,
    })
    const inRange = members.filter(({ score }) => score >= (filter.createdFromMs ?? Number.NEGATIVE_INFINITY))
    const bodies = await readBodies(ports, inRange)
    for (const [index, place] of inRange.entries()) {
      last = place
      const body = bodies[index]
      if (body !== undefined && matches(body, filter)) jobs.push(body)
      const more = index + 1 < inRange.length || inRange.length === chunk
      if (jobs.length === limit) return { jobs, next: more ? place : undefined }
    }
    if (inRange.length < chunk) return { jobs, next: undefined }
    scanned += inRange.length
  }
  return { jobs, next: last }
}
