// Lets tasks arrive, wait in partitions and be worked on by pods, in steps of time, with a seed: the same run every time.
import { type Assignment, assignEvenly, moved } from './assign-evenly.ts'

export interface Autoscaling {
  readonly min: number
  readonly max: number
  /** Records that wait or are in work, for each pod. */
  readonly lagPerPod: number
  readonly pollSeconds: number
  /** From the decision until a pod has its partitions: image, models, joining the group. */
  readonly startSeconds: number
  /** A pool shrinks, one pod at a time, when fewer were enough for so long. */
  readonly cooldownSeconds: number
}
export interface Scenario {
  readonly partitions: number
  /** Pods that are there from the start; with autoscaling it begins there. */
  readonly pods: number
  readonly slotsPerPod: number
  readonly autoscaling?: Autoscaling
  /** Tasks that arrive in a second, on average. */
  readonly arrivals: number
  /** Seconds that a task takes in a slot; lengths are spread evenly from half to one and a half of it. */
  readonly taskSeconds: number
  /** Work that is lost when a partition moves while its task runs. */
  readonly lostSeconds: number
  /** Tasks a second that the shared part of the path lets through. */
  readonly sharedTasksASecond: number
  /** Any free pod takes any task that waits, as no topic does it: what the design is compared with. */
  readonly pooled?: boolean
  readonly seconds: number
  readonly stepSeconds: number
  readonly seed: number
}
export interface Outcome {
  readonly arrived: number
  readonly done: number
  /** Tasks neither done nor in a slot at the end. */
  readonly waiting: number
  readonly waitMedian: number
  readonly wait95: number
  /** Slots of pods in use, on average. */
  readonly busy: number
  /** Pods without a partition, on average. */
  readonly idlePods: number
  readonly mostPods: number
  /** Times that a task was handed to another pod. */
  readonly handedOn: number
}

interface Task {
  readonly partition: number
  readonly arrivedAt: number
  left: number
  started: boolean
}

/** Mulberry32, from 0 to below 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Knuth for small means, the normal approximation above. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  let count = 0
  for (let p = random(); p > Math.exp(-mean); p *= random()) count += 1
  return count
}

export function simulate(scenario: Scenario): Outcome {
  const run = new Run(scenario)
  while (run.now < scenario.seconds) run.step()
  return run.outcome()
}

class Run {
  now = 0
  readonly #s: Scenario
  /** What arrives is the same however it is worked on. */
  readonly #random: () => number
  readonly #order: () => number
  readonly #queues: Task[][]
  #running: Task[] = []
  #owner: Assignment
  #pods: number
  #ordered: { at: number; pods: number } | undefined
  #calmSince = 0
  #nextPoll = 0
  #through = 0
  readonly #waits: number[] = []
  readonly #sum = { busy: 0, idle: 0, steps: 0, arrived: 0, done: 0, handedOn: 0, most: 0 }

  constructor(scenario: Scenario) {
    this.#s = scenario
    this.#random = seeded(scenario.seed)
    this.#order = seeded(scenario.seed + 1)
    this.#queues = Array.from({ length: scenario.partitions }, () => [])
    this.#pods = scenario.pods
    this.#owner = assignEvenly([], scenario.partitions, scenario.pods)
  }

  step(): void {
    this.#arrive()
    this.#scale()
    this.#work()
    if (this.#s.pooled === true) this.#takeAny()
    else this.#take()
    this.#count()
    this.now += this.#s.stepSeconds
  }

  #arrive(): void {
    const { arrivals, stepSeconds, partitions, taskSeconds } = this.#s
    for (let n = poisson(arrivals * stepSeconds, this.#random); n > 0; n--) {
      const partition = Math.floor(this.#random() * partitions)
      const left = taskSeconds * (0.5 + this.#random())
      this.#queues[partition]?.push({ partition, arrivedAt: this.now, left, started: false })
      this.#sum.arrived += 1
    }
  }

  #scale(): void {
    const scaling = this.#s.autoscaling
    if (this.#ordered !== undefined && this.now >= this.#ordered.at) {
      this.#give(this.#ordered.pods)
      this.#ordered = undefined
    }
    if (scaling === undefined || this.now < this.#nextPoll || this.#ordered !== undefined) return
    this.#nextPoll = this.now + scaling.pollSeconds
    const lag = this.#waiting() + this.#running.length
    const wanted = Math.min(scaling.max, Math.max(scaling.min, Math.ceil(lag / scaling.lagPerPod)))
    if (wanted >= this.#pods) this.#calmSince = this.now
    if (wanted > this.#pods) this.#ordered = { at: this.now + scaling.startSeconds, pods: wanted }
    else if (this.now - this.#calmSince >= scaling.cooldownSeconds) this.#give(this.#pods - 1)
  }

  /** Partitions move, and tasks of those that do are begun again by their new owner, less what was kept. */
  #give(pods: number): void {
    const next = assignEvenly(this.#owner, this.#s.partitions, pods)
    const gone = moved(this.#owner, next)
    const back = this.#running.filter(({ partition }) => gone.has(partition))
    this.#running = this.#running.filter(({ partition }) => !gone.has(partition))
    for (const task of back) {
      task.left += this.#s.lostSeconds
      this.#queues[task.partition]?.unshift(task)
    }
    this.#sum.handedOn += back.length
    this.#owner = next
    this.#pods = pods
  }

  #work(): void {
    const { stepSeconds, sharedTasksASecond } = this.#s
    // What the shared path did not use is not kept for later.
    const fresh = sharedTasksASecond * stepSeconds
    this.#through = Math.min(this.#through + fresh, Math.max(1, fresh))
    const still: Task[] = []
    for (const task of this.#running) {
      task.left -= stepSeconds
      if (task.left > 0 || this.#through < 1) still.push(task)
      else {
        this.#through -= 1
        this.#sum.done += 1
      }
    }
    this.#running = still
  }

  #take(): void {
    const free = Array.from({ length: this.#pods }, () => this.#s.slotsPerPod)
    const ownerOf = (partition: number): number => this.#owner[partition] ?? 0
    for (const { partition } of this.#running) free[ownerOf(partition)] = (free[ownerOf(partition)] ?? 0) - 1
    const first = Math.floor(this.#order() * this.#s.partitions)
    for (let taken = true; taken; ) {
      taken = false
      for (let i = 0; i < this.#s.partitions; i++) {
        const partition = (first + i) % this.#s.partitions
        const pod = ownerOf(partition)
        const task = (free[pod] ?? 0) > 0 ? this.#queues[partition]?.shift() : undefined
        if (task === undefined) continue
        free[pod] = (free[pod] ?? 0) - 1
        this.#begin(task)
        taken = true
      }
    }
  }

  /** Those that came first, wherever they lie. */
  #takeAny(): void {
    const free = Math.max(0, this.#pods * this.#s.slotsPerPod - this.#running.length)
    const oldest = this.#queues
      .flatMap((queue) => queue.slice(0, free))
      .toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    for (const task of oldest.slice(0, free)) {
      const queue = this.#queues[task.partition] ?? []
      queue.splice(queue.indexOf(task), 1)
      this.#begin(task)
    }
  }

  #begin(task: Task): void {
    if (!task.started) this.#waits.push(this.now - task.arrivedAt)
    task.started = true
    this.#running.push(task)
  }

  #waiting(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0)
  }

  #count(): void {
    this.#sum.steps += 1
    this.#sum.busy += this.#running.length / (this.#pods * this.#s.slotsPerPod)
    this.#sum.idle += this.#pods - new Set(this.#owner).size
    this.#sum.most = Math.max(this.#sum.most, this.#pods)
  }

  outcome(): Outcome {
    const { steps, busy, idle, arrived, done, handedOn, most } = this.#sum
    // Those that still wait have waited at least so long.
    const still = this.#queues.flat().filter(({ started }) => !started)
    const waits = [...this.#waits, ...still.map(({ arrivedAt }) => this.now - arrivedAt)].toSorted(
      (a, b) => a - b,
    )
    const at = (part: number): number =>
      waits[Math.min(waits.length - 1, Math.floor(part * waits.length))] ?? 0
    return {
      ...{ arrived, done, waiting: this.#waiting(), waitMedian: at(0.5), wait95: at(0.95) },
      ...{ busy: busy / steps, idlePods: idle / steps, mostPods: most, handedOn },
    }
  }
}
