// Apache Kafka without ZooKeeper: one combined node, or three that replicate.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { installedOnce } from '../cache-folder.ts'
import { freePorts } from '../free-ports.ts'
import { runProgram } from '../run-program.ts'
import type { RunningServer, ServiceAddresses, StartOptions } from '../service-kinds.ts'
import { startMembers, stopMembers } from './member.ts'

const VERSION = '4.4.0'
const START_MS = 180_000
const CLUSTER_ID = 'c3ludG9ueW10ZXN0cw'

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>syntonym</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version>
</dependency></dependencies></project>
`

const installKafka = ({ environment, say }: StartOptions): Promise<string> =>
  installedOnce(environment, `kafka-${VERSION}`, async (folder) => {
    say(`fetching Kafka ${VERSION} (43 MB, once per machine)`)
    writeFileSync(join(folder, 'pom.xml'), POM)
    const goal = [
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${folder}/libs`,
    ]
    await runProgram('mvn', ['-q', '-B', '-ntp', ...goal], folder)
  })

interface Node {
  readonly id: number
  readonly port: number
  readonly controllerPort: number
  readonly directoryId: string
}

function properties(node: Node, all: readonly Node[], dataFolder: string): string {
  const copies = Math.min(all.length, 3)
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.bootstrap.servers': all.map((n) => `127.0.0.1:${n.controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.min(copies, 2),
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': 1,
    'min.insync.replicas': copies === 3 ? 2 : 1,
    'default.replication.factor': copies,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
  }
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`
}

async function planNodes(count: number): Promise<Node[]> {
  const ports = await freePorts(2 * count)
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    port: ports[2 * i] ?? 0,
    controllerPort: ports[2 * i + 1] ?? 0,
    // A directory id is 16 bytes in base64 without padding.
    directoryId: Buffer.from(`syntonym-test-${i + 1}-`.slice(0, 16).padEnd(16, '0')).toString('base64url'),
  }))
}

/** Whether this broker answers and sees as many brokers as there are. */
async function seesAll(port: number, count: number): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === count
  } finally {
    await admin.disconnect()
  }
}

export async function startKafka(
  count: 1 | 3,
  options: StartOptions,
): Promise<RunningServer<ServiceAddresses['kafka']>> {
  const libs = `${await installKafka(options)}/libs/*`
  const nodes = await planNodes(count)
  const voters = nodes.map((n) => `${n.id}@127.0.0.1:${n.controllerPort}:${n.directoryId}`).join(',')
  const plans = await Promise.all(
    nodes.map(async (node) => {
      const folder = join(options.folder, `node-${node.id}`)
      mkdirSync(folder, { recursive: true })
      const file = join(folder, 'server.properties')
      writeFileSync(file, properties(node, nodes, join(folder, 'data')))
      const format = ['format', '-t', CLUSTER_ID, '-c', file, '--initial-controllers', voters]
      const small = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
      await runProgram('java', [...small, '-cp', libs, 'kafka.tools.StorageTool', ...format], folder)
      const heap = ['-Xms128m', count === 1 ? '-Xmx512m' : '-Xmx384m', '-XX:+UseSerialGC']
      return {
        name: `kafka-${node.id}`,
        program: 'java',
        args: [...heap, '-XX:TieredStopAtLevel=1', '-cp', libs, 'kafka.Kafka', file],
        folder,
        timeoutMs: START_MS,
        isReady: () => seesAll(node.port, count),
      }
    }),
  )
  const members = await startMembers(plans)
  return {
    addresses: { brokers: nodes.map((node) => `127.0.0.1:${node.port}`) },
    members,
    stop: () => stopMembers(members),
  }
}
