// `syntonym dead-letters list | replay`: shows what could not be handled and why, and sends it back where it came from.
import type { Bus, BusRecord } from '#runtime/bus/bus.ts'
import { originalOf, readDeadLetter } from '#runtime/pump/dead-letters.ts'
import { DEAD_LETTERS } from '#schemas/topics.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { openConfiguredBus } from '../open-bus.ts'

const CLIENT_ID = 'syntonym-dead-letters'
/** Remembers how far `replay` went, so that a second one repeats nothing. */
const REPLAY_GROUP = 'syntonym.dead-letters.replay'
const PAGE = 100
const QUIET_MS = 3_000

export async function listDeadLetters(
  options: { readonly json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  await using opened = await openConfiguredBus(io, CLIENT_ID)
  let count = 0
  for await (const record of opened.bus.readAll(DEAD_LETTERS.name)) {
    count += 1
    const letter = readDeadLetter(record)
    if (options.json === true) io.out.write(`${JSON.stringify(letter)}\n`)
    else {
      const from = `${letter.topic}/${letter.partition}@${letter.offset}`
      const when = new Date(letter.diedAtMs).toISOString()
      io.out.write(
        `${letter.id}  ${when}  ${letter.code}  ${from}  tries ${letter.attempts}  ${letter.detail}\n`,
      )
    }
  }
  if (options.json !== true) io.out.write(`${count} dead letters\n`)
  return EXIT.done
}

/** Sends back those that are named, or all that no earlier replay sent back. */
export async function replayDeadLetters(ids: readonly string[], io: CommandIo): Promise<ExitCode> {
  const wrong = ids.find((id) => !/^\d+-\d+$/.test(id))
  if (wrong !== undefined)
    throw new UsageError(`A dead letter is named like 0-17 (see dead-letters list), not "${wrong}".`)
  await using opened = await openConfiguredBus(io, CLIENT_ID)
  const { bus } = opened
  const done = ids.length > 0 ? await replayNamed(bus, new Set(ids)) : await replayRest(bus, io.signal)
  io.out.write(`${done.sent} sent back, ${done.left} without a place to go back to\n`)
  return done.sent < ids.length || done.left > 0 ? EXIT.doneWithErrors : EXIT.done
}

interface Done {
  readonly sent: number
  readonly left: number
}

async function sendBack(bus: Bus, records: readonly BusRecord[]): Promise<Done> {
  const originals = records.flatMap((record) => originalOf(record) ?? [])
  await bus.publish(originals)
  return { sent: originals.length, left: records.length - originals.length }
}

async function replayNamed(bus: Bus, ids: ReadonlySet<string>): Promise<Done> {
  const wanted: BusRecord[] = []
  for await (const record of bus.readAll(DEAD_LETTERS.name))
    if (ids.has(readDeadLetter(record).id)) wanted.push(record)
  return sendBack(bus, wanted)
}

async function replayRest(bus: Bus, signal: AbortSignal): Promise<Done> {
  await using consumer = await bus.join({
    group: REPLAY_GROUP,
    topics: [DEAD_LETTERS.name],
    from: 'earliest',
  })
  let [sent, left] = [0, 0]
  while ((await bus.lag(REPLAY_GROUP, DEAD_LETTERS.name)) > 0n) {
    const records = await consumer.poll({ limit: PAGE, waitMs: QUIET_MS, signal })
    if (signal.aborted) break
    const done = await sendBack(bus, records)
    sent += done.sent
    left += done.left
    for (const { topic, partition, offset } of records) await consumer.commit(topic, partition, offset + 1n)
  }
  return { sent, left }
}
