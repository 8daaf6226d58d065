// A site of cluster mode with one job that waits for approval, whose status is what clients ask for.
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownClusterServers } from '#test/cluster/cluster-servers.ts'
import { type ClusterSite, makeClusterSite, type RoomProcess } from '#test/cluster/cluster-site.ts'
import { repository } from '#test/e2e/dev-process.ts'
import { call, submit, until } from '#test/e2e/rest.ts'
import { startServiceHost } from '#test/services/start-host.ts'
import type { Target } from './load.ts'

export const FILM = 'crossing.mp4'

export interface StatusSite extends AsyncDisposable {
  readonly site: ClusterSite
  readonly redisUrl: string
  readonly gateway: RoomProcess
  /** What the gateway answers about the job. */
  readonly body: string
  readonly target: Target
}

export const statusOf = (gateway: RoomProcess, job: string): Target => ({
  url: `${gateway.url}/job_status/${job}`,
  pid: gateway.pid,
  headers: {},
})

/** Gateway, projection and extractor run; the job is planned. */
export async function openStatusSite(): Promise<StatusSite> {
  await using opened = new AsyncDisposableStack()
  const host = opened.use(await startServiceHost())
  const servers = await ownClusterServers(host.socket)
  const site = opened.use(await makeClusterSite(servers, 'front-door'))
  await copyFile(join(repository, 'samples', FILM), join(site.jobsRoot, FILM))
  await site.run('topics', 'create')
  const rooms = ['gateway', 'projection', 'extractor'] as const
  const [gateway] = await Promise.all(rooms.map((room) => site.start(room)))
  if (gateway === undefined) throw new Error('no gateway')
  const job = await submit(gateway.url, FILM)
  const planned = await until(
    'the plan',
    () => call(gateway.url, 'GET', `/job_status/${job}`),
    ({ body }) => body.total_credit_cost > 0,
  )
  const kept = opened.move()
  return {
    ...{ site, gateway, redisUrl: servers.redisUrl },
    body: JSON.stringify(planned.body),
    target: statusOf(gateway, job),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
