import { chmod, mkdir, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { taskId } from '#schemas/ids.ts'
import { JOBS } from '#schemas/topics.ts'
import { call } from '../e2e/rest.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'

let world: GatewayWorld
let gateway: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start()
})
afterAll(() => world[Symbol.asyncDispose]())

const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  call(gateway.address, 'POST', path, body, headers)
const file = (file_path: string) => ({ file_path, model_config: {} })
async function submittedFacts(jobId: string) {
  const found = []
  for await (const record of world.stores.bus.readAll(JOBS.name)) {
    const event = await world.codec.decode(record)
    if (event.job_id === jobId && event.type === 'JobSubmitted') found.push(event.data)
  }
  return found
}

describe('a submission', () => {
  test('of a single file has every field of the contract and its task at once', async () => {
    const { status, body } = await post('/process_file', {
      ...file('/syntonym/jobs/a.jpg'),
      user_tag: 'batch 7',
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 0,
      status_detail: 'Waiting for approval',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      input_file: '/syntonym/jobs/a.jpg',
      model: 'blur',
      tasks: [
        {
          task_id: taskId(body.job_id, 0),
          task_status: 0,
          status_detail: 'Waiting for approval',
          file_name: 'a.jpg',
        },
      ],
      has_errors: false,
      needs_approval: true,
      is_approved: false,
      cancelled: false,
    })
    const [fact] = await submittedFacts(body.job_id)
    expect(fact).toMatchObject({ input_file: '/syntonym/jobs/a.jpg', source: join(world.jobsRoot, 'a.jpg') })
    expect(fact).toMatchObject({ input_kind: 'picture', user_tag: 'batch 7' })
    expect(JSON.parse(String(fact && 'model_config' in fact && fact.model_config))).toMatchObject({
      blur_threshold: 0.5,
    })
  })

  test('of an archive has no task yet, and the fact is on the bus before the answer', async () => {
    const { body } = await post('/process_file', file('c.zip'))
    expect(body.tasks).toEqual([])
    expect(await submittedFacts(body.job_id)).toHaveLength(1)
  })

  test('is taken with and without /v1, with the configuration as an object or as text', async () => {
    for (const path of ['/process_file', '/v1/process_file', '/process_image', '/v1/process_image'])
      expect(
        (await post(path, { ...file('UPPER.JPG'), model: 'syn', model_config: '{"enable_lp": "False"}' }))
          .status,
      ).toBe(200)
    expect((await post('/v1/v1/process_file', file('a.jpg'))).status).toBe(404)
    expect((await post('/process_video', file('b.mp4'))).status).toBe(200)
  })

  test('can be asked for at once: its id is never unknown', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { body } = await post('/process_file', file('a.jpg'))
      const answers = await Promise.all([
        call(gateway.address, 'GET', `/job_status/${body.job_id}`),
        call(gateway.address, 'GET', `/task_status/${body.tasks[0].task_id}`),
        call(gateway.address, 'GET', `/job_result/${body.job_id}`),
      ])
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
      expect(answers[1].body).toMatchObject({ task_status: 0, file_name: 'a.jpg', job_id: body.job_id })
      expect(answers[2].body.tasks).toHaveLength(1)
    }
  })
})

describe('a path', () => {
  beforeAll(async () => {
    const at = (name: string) => join(world.jobsRoot, name)
    await mkdir(at('folder.jpg'))
    await mkdir(at('sub'))
    await writeFile(at('empty.jpg'), '')
    await writeFile(at('sub/inner.jpg'), 'x')
    await writeFile(at('Zürich 車 \u202e.jpg'), 'x')
    await writeFile(join(world.jobsRoot, '..', 'outside.jpg'), 'x')
    await symlink('/etc/passwd', at('passwd.jpg'))
    await symlink(join(world.jobsRoot, '..'), at('up'))
    await symlink('sub/inner.jpg', at('inside.jpg'))
    await symlink('loop.jpg', at('loop.jpg'))
    await symlink('nowhere.jpg', at('dangling.jpg'))
    await writeFile(at('secret.jpg'), 'x')
    await chmod(at('secret.jpg'), 0)
  })

  test.each([
    ['missing.jpg', 404, 'FILE_NOT_FOUND'],
    ['dangling.jpg', 404, 'FILE_NOT_FOUND'],
    ['loop.jpg', 404, 'FILE_NOT_FOUND'],
    ['a.jpg/b.jpg', 404, 'FILE_NOT_FOUND'],
    ['folder.jpg', 422, 'FILE_NOT_REGULAR'],
    ['empty.jpg', 422, 'FILE_EMPTY'],
    ['passwd.jpg', 422, 'PATH_OUTSIDE_ROOT'],
    ['up/outside.jpg', 422, 'PATH_OUTSIDE_ROOT'],
    ['../outside.jpg', 422, 'PATH_OUTSIDE_ROOT'],
    ['/etc/passwd', 422, 'PATH_OUTSIDE_ROOT'],
    ['', 422, 'PATH_INVALID'],
    ['a\0.jpg', 422, 'PATH_INVALID'],
    [`${'long'.repeat(80)}.jpg`, 422, 'PATH_INVALID'],
    ['s3://bucket/a.jpg', 422, 'SOURCE_NOT_CONFIGURED'],
    ['a.gif', 422, 'TYPE_UNKNOWN'],
  ])('%j is answered %i %s', async (path, status, code) => {
    const answer = await post('/process_file', file(path))
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).not.toContain(world.jobsRoot)
    if (status === 422)
      expect(answer.body.detail[0]).toEqual({
        loc: ['body', 'file_path'],
        msg: expect.any(String),
        type: code,
      })
    else expect(answer.body.detail).toEqual(expect.any(String))
  })

  test.each(['inside.jpg', 'sub/inner.jpg', '/syntonym/jobs/sub/inner.jpg', 'Zürich 車 \u202e.jpg'])(
    '%j is taken, and comes back as it was written',
    async (path) => {
      const answer = await post('/process_file', file(path))
      expect([answer.status, answer.body.input_file]).toEqual([200, path])
    },
  )

  test('that may not be read is refused, where the service is not root', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('skipped: root may read everything')
    expect((await post('/process_file', file('secret.jpg'))).body.code).toBe('FILE_NOT_READABLE')
  })

  test('of a kind that the route does not take is refused', async () => {
    for (const [route, path] of [
      ['/process_image', 'b.mp4'],
      ['/process_video', 'a.jpg'],
    ] as const)
      expect((await post(route, file(path))).body.code).toBe('TYPE_NOT_ACCEPTED')
  })
})

describe('a body', () => {
  test.each([
    [undefined, [['body', 'missing']]],
    [null, [['body', 'missing']]],
    [[], [['body', 'type_error']]],
    ['text', [['body', 'type_error']]],
    [
      {},
      [
        ['body.file_path', 'missing'],
        ['body.model_config', 'missing'],
      ],
    ],
    [{ file_path: 'a.jpg' }, [['body.model_config', 'missing']]],
    [{ file_path: 7, model_config: {} }, [['body.file_path', 'type_error']]],
    [{ ...file('a.jpg'), model: 'mosaic' }, [['body.model', 'enum']]],
    [{ ...file('a.jpg'), modell: 'syn' }, [['body.modell', 'extra_forbidden']]],
    [{ ...file('a.jpg'), model_config: { blurr: 1 } }, [['body.model_config.blurr', 'extra_forbidden']]],
    [
      { ...file('a.jpg'), model_config: { blur_threshold: -1 } },
      [['body.model_config.blur_threshold', 'greater_than_equal']],
    ],
    [{ ...file('a.jpg'), model_config: '{' }, [['body.model_config', 'json_invalid']]],
  ])('of %j is refused in FastAPI form', async (body, wanted) => {
    const answer = await post('/process_file', body)
    expect(answer.status).toBe(422)
    const told = answer.body.detail.map(
      ({ loc, type, msg }: { loc: string[]; type: string; msg: string }) => {
        expect(msg).toMatch(/\w/)
        return [loc.join('.'), type]
      },
    )
    expect(told).toEqual(wanted)
  })

  test('that is no JSON, too large, or does not say that it is JSON has its own answer', async () => {
    const raw = (body: string, type: string) =>
      fetch(new URL('/process_file', gateway.address), {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
    const broken = await raw('{"a":', 'application/json')
    expect([broken.status, await broken.json()]).toEqual([
      422,
      { detail: [{ loc: ['body'], msg: 'The body is not valid JSON', type: 'json_invalid' }] },
    ])
    const form = await raw(JSON.stringify(file('a.jpg')), 'application/x-www-form-urlencoded')
    expect([form.status, ((await form.json()) as { code: string }).code]).toEqual([415, 'BODY_NOT_JSON'])
    const large = await raw(
      JSON.stringify({ ...file('a.jpg'), user_tag: 'x'.repeat(2_000_000) }),
      'application/json',
    )
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([413, 'BODY_TOO_LARGE'])
    expect((await raw(JSON.stringify(file('a.jpg')), 'application/json; charset=utf-8')).status).toBe(200)
  })
})

describe('an Idempotency-Key', () => {
  const keyed = (key: string, body: unknown, path = '/process_file') =>
    post(path, body, { 'idempotency-key': key })

  test('gives fifty concurrent requests over two gateways one job and one fact', async () => {
    const other = await world.start()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        call((index % 2 === 0 ? gateway : other).address, 'POST', '/process_file', file('a.jpg'), {
          'idempotency-key': 'fifty at once',
        }),
      ),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    expect(await submittedFacts(answers[0]?.body.job_id)).toHaveLength(1)
  })

  test('with another body is refused, with the same one spelled differently it is not', async () => {
    const first = await keyed('k1', file('a.jpg'))
    const same = await keyed('k1', {
      model: 'blur',
      model_config: '{"blur_face": "true"}',
      file_path: 'a.jpg',
    })
    expect(same.body).toEqual(first.body)
    for (const [body, path] of [
      [file('UPPER.JPG'), '/process_file'],
      [{ ...file('a.jpg'), model: 'syn' }, '/process_file'],
      [file('a.jpg'), '/process_image'],
    ] as const) {
      const reused = await keyed('k1', body, path)
      expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
      expect(reused.body.detail[0].loc).toEqual(['header', 'Idempotency-Key'])
    }
  })

  test('still gets its answer when the file is gone, or the job cancelled and deleted', async () => {
    await writeFile(join(world.jobsRoot, 'gone.jpg'), 'x')
    const first = await keyed('k2', file('gone.jpg'))
    await unlink(join(world.jobsRoot, 'gone.jpg'))
    await call(gateway.address, 'POST', `/cancel_job/${first.body.job_id}`)
    await call(gateway.address, 'DELETE', `/delete_job/${first.body.job_id}`)
    const again = await keyed('k2', file('gone.jpg'))
    expect([again.status, again.body]).toEqual([200, first.body])
    expect((await call(gateway.address, 'GET', `/job_status/${first.body.job_id}`)).status).toBe(404)
  })

  test('that is no printable text is refused', async () => {
    expect((await keyed('x'.repeat(256), file('a.jpg'))).body.detail[0].loc).toEqual([
      'header',
      'idempotency-key',
    ])
    expect((await keyed('caf\u00e9', file('a.jpg'))).status).toBe(422)
  })
})
