// Follows the service on Kafka: one JSON line for each task that ended. Run it with
//   BROKERS=host:9092 REGISTRY=http://host:8081/apis/ccompat/v7 node consumer.mjs
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { Kafka, logLevel } from 'kafkajs'

const ENDS = new Set(['TaskCompleted', 'TaskFailed', 'TaskCancelled'])
const kafka = new Kafka({ brokers: process.env.BROKERS.split(','), logLevel: logLevel.ERROR })
const registry = new SchemaRegistry({ host: process.env.REGISTRY })
const consumer = kafka.consumer({ groupId: process.env.GROUP ?? 'my-service' })

/** Records may come twice (after a crash, a rebalance): remember what was done, here or in your database. */
const seen = new Set()

async function eachMessage({ message }) {
  const header = (name) => message.headers[name]?.toString()
  const type = header('ce_type')
  // New types may come with a newer version of the service: skip what you do not know.
  if (!ENDS.has(type) || seen.has(header('ce_id'))) return
  // The registry's schema is the one it was written with, whatever version of the service wrote it.
  const event = await registry.decode(message.value)
  const data = Object.values(event.data)[0]
  seen.add(header('ce_id'))
  console.log(JSON.stringify({ type, job: event.job_id, task: data.task_id, code: data.code }))
}

await consumer.connect()
await consumer.subscribe({ topic: 'syntonym.outcomes.v1', fromBeginning: true })
await consumer.run({ eachMessage })
process.once('SIGTERM', async () => {
  await consumer.disconnect()
  process.exit(0)
})
