// Appends to Kafka durably: one request at a time carries what waited meanwhile, and a producer in doubt is replaced.
import { type Kafka, Partitioners, type Producer } from 'kafkajs'
import type { BusMessage } from '../bus/bus.ts'
import { kafkaFailure } from './kafka-failure.ts'
import { LIMIT_MESSAGES, nextBatch } from './pure/publish-batches.ts'

interface Waiting {
  readonly messages: readonly BusMessage[]
  sent: number
  readonly settle: { resolve: () => void; reject: (error: unknown) => void }
}
const ALL_IN_SYNC = -1
const SEND_MS = 10_000

/**
 * One request at a time, its repetitions included: kafkajs takes a sequence number back when a request fails, and
 * another request that took it meanwhile would be thrown away by the broker as a repetition.
 */
export class KafkaProducer implements AsyncDisposable {
  readonly #kafka: Kafka
  #producer: Promise<Producer> | undefined
  readonly #queue: Waiting[] = []
  #working: Promise<void> | undefined
  #closed = false

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  /** @throws {TransientFailure} STORE_UNAVAILABLE: part of the messages may be there all the same */
  publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) throw new Error('The bus is closed.')
    if (messages.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#queue.push({ messages, sent: 0, settle: { resolve, reject } })
      this.#working ??= this.#work()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#working
    await this.#drop()
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const taken = this.#take()
      try {
        await this.#send(taken.flatMap(({ messages }) => messages))
        for (const { waiting, messages } of taken) waiting.sent += messages.length
      } catch (error) {
        await this.#drop()
        const failure = kafkaFailure(error)
        for (const { waiting } of taken) this.#end(waiting, failure)
        continue
      }
      for (const { waiting } of taken) if (waiting.sent === waiting.messages.length) this.#end(waiting)
    }
    // In the same turn in which nothing was found to wait: what is published next starts anew.
    this.#working = undefined
  }

  /** As much as one request takes, from the front of the queue. */
  #take(): { waiting: Waiting; messages: readonly BusMessage[] }[] {
    const all: { waiting: Waiting; message: BusMessage }[] = []
    for (const waiting of this.#queue) {
      if (all.length >= LIMIT_MESSAGES) break
      for (const message of waiting.messages.slice(waiting.sent, waiting.sent + LIMIT_MESSAGES))
        all.push({ waiting, message })
    }
    const next = all.slice(0, nextBatch(all.map(({ message }) => message)))
    return [...Map.groupBy(next, ({ waiting }) => waiting)].map(([waiting, rows]) => ({
      waiting,
      messages: rows.map(({ message }) => message),
    }))
  }

  #end(waiting: Waiting, failure?: unknown): void {
    this.#queue.splice(this.#queue.indexOf(waiting), 1)
    if (failure === undefined) waiting.settle.resolve()
    else waiting.settle.reject(failure)
  }

  async #send(messages: readonly BusMessage[]): Promise<void> {
    this.#producer ??= this.#connect()
    const producer = await this.#producer
    await producer.sendBatch({
      acks: ALL_IN_SYNC,
      timeout: SEND_MS,
      topicMessages: [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, rows]) => ({
        topic,
        messages: rows.map(({ key, value, headers }) => ({
          key,
          value: Buffer.from(value),
          headers: { ...headers },
        })),
      })),
    })
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }

  async #drop(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    // Whether it could be closed, or opened at all, changes nothing: nobody uses it any more.
    await producer?.then((p) => p.disconnect()).catch(() => undefined)
  }
}
