import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { taskId } from '#schemas/ids.ts'
import { creditCounter } from '#schemas/state-keys.ts'
import { CREDITS, JOBS } from '#schemas/topics.ts'
import { call } from '../e2e/rest.ts'
import { extract, pack, refuse, settle, startTask, until } from './backstage.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'

let world: GatewayWorld
let one: RunningGateway
let two: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  one = await world.start({ accounts: KEYED })
  two = await world.start({ accounts: KEYED })
})
afterAll(() => world[Symbol.asyncDispose]())

const as =
  (id: string) =>
  (method: string, path: string, body?: unknown, gateway = one) =>
    call(gateway.address, method, path, body, keyOf(id))
const bert = as('bert')
const submit = async (who = bert, file_path = 'a.jpg'): Promise<string> => {
  const answer = await who('POST', '/process_file', { file_path, model_config: {} })
  expect(answer.status).toBe(200)
  return answer.body.job_id
}
const facts = async (topic: string, match: (type: string, jobId: string) => boolean) => {
  let count = 0
  for await (const record of world.stores.bus.readAll(topic)) {
    const event = await world.codec.decode(record)
    if (match(event.type, event.job_id)) count += 1
  }
  return count
}
const factsOf = (jobId: string, type: string) => facts(JOBS.name, (t, j) => t === type && j === jobId)
const status = async (jobId: string, who = bert) => (await who('GET', `/job_status/${jobId}`)).body
const statusIs = (jobId: string, wanted: number, who = bert) =>
  until(async () => (await status(jobId, who)).status === wanted)
const files = (count: number, cost = 1) =>
  Array.from({ length: count }, (_, i) => ({ name: `${i}.jpg`, cost }))

describe('an approval', () => {
  test('is 302 without a Location while the input is listed, then 200, then 202', async () => {
    const jobId = await submit()
    const early = await bert('POST', `/approve_job/${jobId}`)
    expect([early.status, early.headers.get('location'), Object.keys(early.body)]).toEqual([
      302,
      null,
      ['message'],
    ])
    await extract(world, jobId, files(1))
    const approved = await bert('PUT', `/v1/approve_job/${jobId}`)
    expect([approved.status, approved.body]).toEqual([200, { message: 'Job approved' }])
    expect((await status(jobId)).status).toBe(1)
    const again = await bert('POST', `/approve_job/${jobId}`)
    expect([again.status, again.body]).toEqual([202, { message: 'The job was already approved' }])
    expect(await factsOf(jobId, 'JobApproved')).toBe(1)
  })

  test('is 201 where none is needed', async () => {
    const carl = as('carl')
    const jobId = await submit(carl)
    expect((await status(jobId, carl)).status).toBe(1)
    expect((await carl('POST', `/approve_job/${jobId}`)).status).toBe(201)
  })

  test('is 409 for a cancelled, a deleted, a refused job and for one with nothing to process', async () => {
    const cancelled = await submit()
    await bert('POST', `/cancel_job/${cancelled}`)
    const refused = await submit(bert, 'c.zip')
    await refuse(world, refused, 'ARCHIVE_UNREADABLE', 'The archive is damaged')
    const nothing = await submit(bert, 'c.zip')
    await extract(
      world,
      nothing,
      [{ name: 'a/b.jpg', refused: { code: 'ARCHIVE_MEMBER_IN_FOLDER', detail: 'in a folder' } }],
      'zip',
    )
    const deleted = await submit()
    await bert('POST', `/cancel_job/${deleted}`)
    await bert('DELETE', `/delete_job/${deleted}`)
    const codes = []
    for (const jobId of [cancelled, refused, nothing, deleted]) {
      const answer = await bert('POST', `/approve_job/${jobId}`)
      expect(answer.status).toBe(409)
      expect(answer.body.message).toBe(answer.body.detail)
      codes.push(answer.body.code)
    }
    expect(codes).toEqual(['JOB_CANCELLED', 'ARCHIVE_UNREADABLE', 'NOTHING_TO_PROCESS', 'JOB_DELETED'])
  })

  test('holds credits once, is 402 without enough of them, and gives back what is not used', async () => {
    const anna = as('anna')
    const pots = () =>
      Promise.all(
        (['available', 'held', 'spent'] as const).map((pot) =>
          world.stores.store.counter(creditCounter('anna', pot)),
        ),
      )
    expect(await pots()).toEqual([10, 0, 0])
    expect(await facts(CREDITS.name, (type) => type === 'CreditsGranted')).toBe(1)
    const first = await submit(anna, 'c.zip')
    await extract(world, first, files(3, 2), 'zip')
    const approvals = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        anna('POST', `/approve_job/${first}`, undefined, i % 2 === 0 ? one : two),
      ),
    )
    expect(approvals.map((answer) => answer.status).sort()).toEqual([200, 202, 202, 202, 202, 202, 202, 202])
    expect(await pots()).toEqual([4, 6, 0])
    const second = await submit(anna, 'c.zip')
    await extract(world, second, files(5, 1), 'zip')
    expect((await status(second, anna)).total_credit_cost).toBe(5)
    const short = await anna('POST', `/approve_job/${second}`)
    expect([short.status, short.body.code, short.body.message]).toEqual([
      402,
      'INSUFFICIENT_CREDITS',
      'Not enough credits: the job costs 5',
    ])
    await settle(world, first, 0, { cost: 2 })
    await settle(world, first, 1, { how: 'failed', cost: 2 })
    await anna('POST', `/cancel_task/${taskId(first, 2)}`)
    await settle(world, first, 2, { cost: 2 })
    expect(await pots()).toEqual([8, 0, 2])
    await pack(world, first)
    await statusIs(first, 3, anna)
    expect((await anna('GET', `/job_result/${first}`)).body.credits_spent).toBe(2)
    expect((await anna('POST', `/approve_job/${second}`)).status).toBe(200)
    expect(await pots()).toEqual([3, 5, 2])
  })
})

describe('a cancellation', () => {
  test('is seen at once, is 200 again, and leaves one fact', async () => {
    const jobId = await submit()
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/v1'],
      ['DELETE', ''],
    ] as const) {
      const answer = await bert(method, `${path}/cancel_job/${jobId}`)
      expect([answer.status, Object.keys(answer.body)]).toEqual([200, ['message']])
    }
    expect(await status(jobId)).toMatchObject({ status: 4, cancelled: true, status_detail: 'Cancelled' })
    expect(await factsOf(jobId, 'JobCancelled')).toBe(1)
  })

  test('of a job that has ended is 409', async () => {
    const jobId = await submit()
    await extract(world, jobId, files(1))
    await bert('POST', `/approve_job/${jobId}`)
    await settle(world, jobId, 0)
    const answer = await bert('POST', `/cancel_job/${jobId}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'JOB_FINISHED'])
    await statusIs(jobId, 3)
  })

  test('of one task stops it and no other; twice is 200, of a finished one 409', async () => {
    const jobId = await submit(bert, 'c.zip')
    const refused = { code: 'ARCHIVE_NESTED', detail: 'an archive in an archive' }
    await extract(world, jobId, [...files(2), { name: 'x.zip', refused }], 'zip')
    await bert('POST', `/approve_job/${jobId}`)
    const [first, second, third] = [0, 1, 2].map((index) => taskId(jobId, index))
    expect((await bert('POST', `/cancel_task/${first}`)).status).toBe(200)
    expect((await bert('GET', `/task_status/${first}`)).body.task_status).toBe(4)
    expect((await bert('DELETE', `/cancel_task/${first}`)).body.message).toContain('already')
    expect(await settle(world, jobId, 0)).toBe('cancelled')
    expect(await settle(world, jobId, 1)).toBe('completed')
    expect((await bert('PUT', `/cancel_task/${first}`)).status).toBe(200)
    for (const task of [second, third])
      expect((await bert('POST', `/cancel_task/${task}`)).body.code).toBe('TASK_FINISHED')
    await pack(world, jobId)
    await statusIs(jobId, 3)
    expect(await status(jobId)).toMatchObject({
      has_errors: true,
      counts: { tasks: 3, completed: 1, failed: 1, cancelled: 1 },
    })
  })

  test('races an approval and the end of the work over two gateways without an impossible outcome', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < 25; round += 1) {
      const jobId = await submit()
      await extract(world, jobId, files(1))
      const late = round % 3 === 0
      if (late) await bert('POST', `/approve_job/${jobId}`)
      const [approve, cancel, ended] = await Promise.all([
        bert('POST', `/approve_job/${jobId}`, undefined, two),
        bert('POST', `/cancel_job/${jobId}`),
        late ? settle(world, jobId, 0) : undefined,
      ])
      const end = (await status(jobId)).status
      seen.add(`${approve.status}/${cancel.status}/${ended}`)
      expect([200, 202, 409]).toContain(approve.status)
      expect([200, 409]).toContain(cancel.status)
      if (cancel.status === 200 && ended !== 'completed') expect(end).toBe(4)
      if (cancel.status === 409) expect(ended).toBe('completed')
      if (ended === 'cancelled') expect(cancel.status).toBe(200)
    }
    expect(seen.size).toBeGreaterThan(1)
  })
})

describe('a deletion', () => {
  test('is 409 while the job runs, 200 once it ended, and 404 afterwards, everywhere', async () => {
    const jobId = await submit(bert, 'c.zip')
    await extract(world, jobId, files(2), 'zip')
    await bert('POST', `/approve_job/${jobId}`)
    await startTask(world, jobId, 0)
    expect((await bert('DELETE', `/delete_job/${jobId}`)).body.code).toBe('JOB_NOT_FINISHED')
    await settle(world, jobId, 0)
    await settle(world, jobId, 1, { how: 'failed' })
    await statusIs(jobId, 2)
    expect((await bert('DELETE', `/delete_job/${jobId}`)).status).toBe(409)
    await pack(world, jobId)
    await statusIs(jobId, 3)
    expect((await bert('DELETE', `/delete_job/${jobId}`)).body).toEqual({ message: 'Job deleted' })
    const task = taskId(jobId, 0)
    const paths = ['job_status', 'job_result', 'get_job_result', 'job_events', 'download_job'].map(
      (p) => `/${p}/${jobId}`,
    )
    for (const path of [...paths, `/task_status/${task}`, `/download/${task}`, `/detections/${task}`])
      expect([path, (await bert('GET', path)).status]).toEqual([path, 404])
    for (const path of [`/delete_job/${jobId}`, `/cancel_job/${jobId}`, `/cancel_task/${task}`])
      expect((await bert('POST', path)).status).toBe(404)
    expect((await bert('GET', '/jobs')).body.jobs.map((job: { job_id: string }) => job.job_id)).not.toContain(
      jobId,
    )
  })

  test('takes an archive of which nothing could be done, without waiting for a pack that never comes', async () => {
    const jobId = await submit(bert, 'c.zip')
    await extract(world, jobId, files(2), 'zip')
    await bert('POST', `/approve_job/${jobId}`)
    for (const index of [0, 1]) await settle(world, jobId, index, { how: 'failed' })
    await statusIs(jobId, 5)
    expect((await bert('POST', `/delete_job/${jobId}`)).status).toBe(200)
  })

  test('happens once when two gateways are asked at the same time', async () => {
    const jobId = await submit()
    await bert('POST', `/cancel_job/${jobId}`)
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        bert('DELETE', `/delete_job/${jobId}`, undefined, i % 2 === 0 ? one : two),
      ),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 404, 404, 404, 404, 404])
    expect(await factsOf(jobId, 'JobDeleted')).toBe(1)
  })
})
