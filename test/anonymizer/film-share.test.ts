// The fold of a shared film: whatever order its parts, failures, lost leases, cancellations and repetitions come in, it ends once.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type PlannedPart,
  partFailed,
  partKilledWorkers,
  partMade,
  planned,
  type ShareChange,
  shareStep,
} from '#anonymizer/pure/film-share.ts'
import { decideSettle, decideStart, type Ending, isCalledOff } from '#anonymizer/pure/settle-decision.ts'
import { joiningProgress, sharedProgress } from '#anonymizer/pure/shared-progress.ts'
import type { Decision, FilmShare, Settled } from '#schemas/state-keys.ts'

const WORKERS = 4
const decisionOf = (state: Decision['state']): Decision => ({
  ...{ account_id: 'a', state, needs_approval: true, approved: true, metered: false, held_credits: 0 },
  ...{ input_file: 'x', input_kind: 'film', model: 'blur', created_at_ms: 0 },
})
const LIMITS = { unexplainedStarts: 20 }

const WEIGHTS = {
  ...{ take: 20, claim: 60, make: 60, end: 30, crash: 10, expire: 10, late: 10, kill: 4 },
  ...{ replan: 1, refuse: 1, cancel: 1, delete: 1 },
}
/** One thing that happens; `worker` and `part` are chosen among those there are. */
const happening = fc.record({
  what: fc.oneof(
    ...Object.entries(WEIGHTS).map(([what, weight]) => ({ weight, arbitrary: fc.constant(what) })),
  ),
  worker: fc.nat(WORKERS - 1),
  part: fc.nat(9),
})
const story = fc.array(happening, { minLength: 10, maxLength: 160, size: 'max' })
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

interface Held extends PlannedPart {
  readonly token: number
}

/** The stores as far as a film needs them: one entry, leases with fencing tokens, one settled mark. */
class FilmWorld {
  readonly parts: number
  share: FilmShare | undefined
  decision: Decision['state'] = 'open'
  settled: Settled | undefined
  readonly ends: string[] = []
  #token = 0
  readonly #leases = new Map<string, number>()
  readonly #owners = new Map<number, number>()
  readonly held = new Map<number, Held>()
  readonly late: Held[] = []
  readonly unmade: number[] = []

  constructor(parts: number) {
    this.parts = parts
  }

  #state() {
    return { decision: decisionOf(this.decision), cancelAsked: false, settled: this.settled }
  }
  #acquire(lease: string): number | undefined {
    if (this.#leases.has(lease)) return undefined
    this.#leases.set(lease, ++this.#token)
    return this.#token
  }
  /** One atomic step under a part's fence. */
  #change(at: Held, decide: (share: FilmShare | undefined) => ShareChange): string {
    if (this.#leases.get(`part ${at.part}`) !== at.token) return 'fenced'
    const before = this.share
    const change = decide(before)
    if (change.do === 'nothing') return change.why
    for (const part of Object.keys(before?.done ?? {}))
      if (!change.share.done[part]) this.unmade.push(Number(part))
    this.share = change.share
    return 'written'
  }

  /** A worker begins an attempt at the film, where nobody is at it. */
  take(worker: number, plan: string): void {
    if (this.settled !== undefined) return
    const token = this.#acquire('film')
    if (token === undefined) return
    this.#owners.set(worker, token)
    if (!isCalledOff(this.#state()))
      this.share = planned(this.share, { stored: { key: plan, sha256: plan }, parts: this.parts })
  }
  claim(worker: number, first: number): void {
    const step = this.share && shareStep(this.share, first % this.parts)
    if (!this.share || step?.do !== 'make' || this.held.has(worker)) return
    for (const part of step.parts) {
      const token = this.#acquire(`part ${part}`)
      if (token === undefined) continue
      const death = this.share.deaths[part]
      const history = { starts: 1, deaths: death?.deaths ?? 0, lastDeath: death?.last_code }
      if (decideStart(this.#state(), history, LIMITS).do === 'run')
        this.held.set(worker, { part, token, planSha256: this.share.plan.sha256 })
      else this.#leases.delete(`part ${part}`)
      return
    }
  }
  /** What a worker says of its part at last; a late one says it after its lease was lost. */
  say(at: Held | undefined, how: 'make' | 'refuse' | 'crash'): void {
    if (!at) return
    const deaths = (this.share?.deaths[at.part]?.deaths ?? 0) + 1
    const told = this.#change(at, (share) => {
      if (how === 'make') return partMade(share, at, { key: `${at.token}`, sha256: `${at.part}` })
      if (how === 'refuse') return partFailed(share, at, { code: 'MEDIA_UNREADABLE', detail: '' })
      return partKilledWorkers(share, at, { deaths, code: 'WORKER_DIED' })
    })
    const goesOn = how === 'crash' && told === 'written' && !this.share?.failed
    if (told === 'fenced' || goesOn) return
    this.#leases.delete(`part ${at.part}`)
  }
  expire(worker: number): void {
    const at = this.held.get(worker)
    if (!at) return
    this.#leases.delete(`part ${at.part}`)
    this.held.delete(worker)
    this.late.push(at)
  }
  kill(worker: number): void {
    this.expire(worker)
    if (this.#owners.delete(worker)) this.#leases.delete('film')
  }
  /** The film's owner looks whether it can be ended. */
  end(worker: number): void {
    const token = this.#owners.get(worker)
    if (token === undefined || this.#leases.get('film') !== token) return
    const step = this.share ? shareStep(this.share) : undefined
    const calledOff = isCalledOff(this.#state())
    if (!calledOff && (step === undefined || step.do === 'make')) return
    const wanted: Ending =
      step?.do === 'fail' ? { how: 'failed', code: step.code, detail: '' } : { how: 'completed' }
    if (!calledOff && wanted.how === 'completed') {
      expect(Object.keys(this.share?.done ?? {})).toHaveLength(this.parts)
      this.ends.push('joined')
    }
    const verdict = decideSettle(this.#state(), wanted)
    if (verdict.do !== 'commit') return
    this.settled = verdict.ending.how
    this.ends.push(verdict.ending.how)
    this.share = undefined
    this.#owners.delete(worker)
    this.#leases.clear()
  }

  play({ what, worker, part }: Happening): void {
    const held = this.held.get(worker)
    if (what === 'take') this.take(worker, 'plan')
    else if (what === 'replan') this.take(worker, 'other plan')
    else if (what === 'claim') this.claim(worker, part)
    else if (what === 'expire') this.expire(worker)
    else if (what === 'kill') this.kill(worker)
    else if (what === 'end') this.end(worker)
    else if (what === 'cancel') this.decision = this.decision === 'open' ? 'cancelled' : this.decision
    else if (what === 'delete') this.decision = 'deleted'
    else if (what === 'late') this.say(this.late.pop(), 'make')
    else {
      this.say(held, what as 'make' | 'refuse' | 'crash')
      if (what !== 'crash' || this.share?.failed) this.held.delete(worker)
    }
  }
}

describe('a shared film', () => {
  test('ends once and is joined at most once, and always ends when somebody goes on', () => {
    const outcomes = new Map<string, number>()
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), story, (parts, happenings) => {
        const world = new FilmWorld(parts)
        for (const each of happenings) {
          world.play(each)
          if (each.what !== 'replan' && each.what !== 'take') expect(world.unmade).toEqual([])
        }
        const unsettled = world.settled === undefined
        // Everybody dies; one worker alone, to whom the film is handed again, brings it to its end.
        for (let worker = 0; worker < WORKERS; worker++) world.kill(worker)
        for (let round = 0; world.settled === undefined && round < 4 * parts; round++) {
          world.take(0, 'plan')
          world.claim(0, 0)
          world.say(world.held.get(0), 'make')
          world.held.delete(0)
          world.end(0)
        }
        for (const at of world.late) world.say(at, 'make')
        expect(world.settled).toBeDefined()
        expect(world.ends.filter((end) => end === 'joined').length).toBe(
          world.settled === 'completed' ? 1 : 0,
        )
        expect(world.ends.filter((end) => end !== 'joined')).toEqual([world.settled])
        expect(world.share).toBeUndefined()
        const name = `${world.settled}${unsettled ? ' by the last' : ''}`
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
      }),
      { numRuns: 5_000 },
    )
    // The stories are such that every end comes about.
    for (const how of ['completed', 'failed', 'cancelled']) expect(outcomes.get(how) ?? 0).toBeGreaterThan(20)
  })

  const plan = { stored: { key: 'k', sha256: 's' }, parts: 3 }
  const fresh = planned(undefined, plan)
  const at = (part: number): PlannedPart => ({ planSha256: 's', part })
  const made = (share: FilmShare, part: number): FilmShare => {
    const change = partMade(share, at(part), { key: `k${part}`, sha256: '' })
    return change.do === 'put' ? change.share : share
  }

  test('keeps what was made by the same plan, and nothing of another', () => {
    const one = made(fresh, 1)
    expect(planned(one, plan)).toEqual(one)
    expect(planned(one, { ...plan, stored: { key: 'k', sha256: 'other' } }).done).toEqual({})
    expect(partMade(one, { planSha256: 'other', part: 0 }, plan.stored)).toEqual({
      do: 'nothing',
      why: 'over',
    })
    expect(partMade(undefined, at(0), plan.stored)).toEqual({ do: 'nothing', why: 'over' })
    expect(partMade(one, at(3), plan.stored)).toEqual({ do: 'nothing', why: 'over' })
    expect(partMade(one, at(1), plan.stored)).toEqual({ do: 'nothing', why: 'known' })
  })

  test('offers its parts from the one asked for, going round, without those that are made', () => {
    expect(shareStep(fresh, 2)).toEqual({ do: 'make', parts: [2, 0, 1] })
    expect(shareStep(made(fresh, 0), 2)).toEqual({ do: 'make', parts: [2, 1] })
    expect(shareStep([0, 1, 2].reduce(made, fresh))).toEqual({ do: 'join' })
  })

  test('fails with the first code that is told, after three dead workers of one part, and of no two', () => {
    const dead = (share: FilmShare, part: number, deaths: number): FilmShare => {
      const change = partKilledWorkers(share, at(part), { deaths, code: 'WORKER_DIED' })
      return change.do === 'put' ? change.share : share
    }
    const twiceEach = dead(dead(fresh, 0, 2), 1, 2)
    expect(shareStep(twiceEach).do).toBe('make')
    const third = dead(twiceEach, 1, 3)
    expect(shareStep(third)).toMatchObject({ do: 'fail', code: 'WORKER_DIED' })
    expect(partFailed(third, at(0), { code: 'MEDIA_UNREADABLE', detail: '' })).toEqual({
      do: 'nothing',
      why: 'over',
    })
    expect(made(dead(fresh, 0, 2), 0).deaths).toEqual({})
  })

  test('is as far as its parts are together, never beyond, and says when it will be done by how fast it was', () => {
    const share = { parts: 4, done: { 0: plan.stored } }
    const running = [
      { progress: 0.5, frames_per_second: 20 },
      { progress: 0.5, frames_per_second: null },
    ]
    const told = sharedProgress(share, running, { seconds: 10, progress: 0 })
    expect(told).toEqual({ progress: 0.485, framesPerSecond: 20, etaSeconds: expect.closeTo(10.62, 2) })
    expect(sharedProgress({ ...share, parts: 1 }, running, { seconds: 0, progress: 0 })).toEqual({
      progress: 0.97,
      framesPerSecond: 20,
      etaSeconds: null,
    })
    expect(joiningProgress({ progress: 0.5, framesPerSecond: null, etaSeconds: null }).progress).toBeCloseTo(
      0.985,
    )
  })
})
