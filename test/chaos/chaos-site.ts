// A site in cluster mode that is made to suffer: real servers of its own, rooms that are started again, files and an account.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { Client } from 'minio'
import sharp from 'sharp'
import { ZipFile } from 'yazl'
import { CREDITS, DEAD_LETTERS, JOBS, OUTCOMES } from '#schemas/topics.ts'
import type { ClusterServers } from '#test/cluster/cluster-servers.ts'
import { type ClusterSite, makeClusterSite } from '#test/cluster/cluster-site.ts'
import { temporaryFolder } from '#test/conformance/local-adapters.ts'
import { repository } from '#test/e2e/dev-process.ts'
import { makeFilm, ripples } from '#test/film/make-film.ts'
import { keyOf } from '#test/gateway/keyed-accounts.ts'
import { freePorts } from '#test/services/free-ports.ts'
import { type Crew, type Post, startCrew } from './crew.ts'
import { type Clients, startClients } from './journeys.ts'
import type { Evidence, StoredThing } from './promises.ts'
import { countRecords, readFacts } from './read-facts.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface ChaosSite extends AsyncDisposable {
  readonly site: ClusterSite
  readonly crew: Crew
  readonly servers: ClusterServers
  /** Clients of their own random choices on the two gateways. */
  clients(random: SeededRandom, endWithinMs: number): Clients
  /** Looks at topics, bucket and account, from outside. */
  evidence(clients: readonly Clients[]): Promise<Evidence>
  /** Files below the rooms' work folders: originals of tasks in work, none when all is done. */
  workFiles(): Promise<readonly string[]>
}

/** A film with faces and plates, and a small one that is done in seconds. */
export const FILM = 'crossing.mp4'
export const SMALL_FILM = 'ripples.mp4'
const FRAMES = 200
const OUTPUTS = join(repository, 'test-out', 'chaos')
const PICTURES = 3
const ACCOUNT = 'anna'
const GRANT = 100_000
const BUCKET = 'chaos'
const OLD = { mtime: new Date('2026-01-01T00:00:00Z') }
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Small crops of the bundled street with a face in each, and an archive of two of them. */
async function writeFiles(jobsRoot: string): Promise<{ names: readonly string[]; originals: Set<string> }> {
  const street = join(repository, 'samples', 'street.jpg')
  const pictures = await Promise.all(
    Array.from({ length: PICTURES }, async (_, i) => ({
      name: `street-${i}.jpg`,
      bytes: await sharp(street)
        .extract({ left: 60 + 40 * i, top: 340, width: 480, height: 300 })
        .jpeg({ quality: 88 })
        .toBuffer(),
    })),
  )
  const zip = new ZipFile()
  for (const { name, bytes } of pictures.slice(0, 2)) zip.addBuffer(bytes, name, OLD)
  zip.addBuffer(Buffer.from('not for us'), 'notes.txt', OLD)
  zip.end()
  await finished(zip.outputStream.pipe(createWriteStream(join(jobsRoot, 'two.zip'))))
  await copyFile(join(repository, 'samples', FILM), join(jobsRoot, FILM))
  makeFilm({
    ...{ path: join(jobsRoot, SMALL_FILM), muxer: 'mp4', codec: 'libx264', width: 640, height: 360 },
    codecOptions: { preset: 'ultrafast' },
    timeBase: [1, 25],
    times: Array.from({ length: FRAMES }, (_, i) => i),
    paint: ripples(),
  })
  for (const { name, bytes } of pictures) await writeFile(join(jobsRoot, name), bytes)
  const originals = new Set<string>()
  for (const name of await readdir(jobsRoot)) originals.add(sha256(await readFile(join(jobsRoot, name))))
  return { names: [...pictures.map(({ name }) => name), 'two.zip'], originals }
}

async function writeKeys(folder: string): Promise<string> {
  const path = join(folder, 'keys.json')
  const key = { id: 'k', sha256: sha256(Buffer.from(`key-of-${ACCOUNT}`)) }
  const accounts = [{ id: ACCOUNT, name: ACCOUNT, credits: GRANT, keys: [key] }]
  await writeFile(path, JSON.stringify({ accounts }))
  return path
}

/** The crossing has two parts, which both anonymizers share. */
const SHARING = { SYNTONYM_FILM_PART_SECONDS: '2', SYNTONYM_SHARE_FILMS: '2' }

/** Two gateways, two anonymizers, an extractor and a projection. */
function postsOf(ports: readonly number[]): readonly Post[] {
  const post = (name: string, room: Post['room'], environment = {}): Post => ({ name, room, environment })
  return [
    post('projection', 'projection'),
    post('extractor', 'extractor'),
    post('anonymizer-1', 'anonymizer', SHARING),
    post('anonymizer-2', 'anonymizer', SHARING),
    ...ports.map((port, i) => post(`gateway-${i + 1}`, 'gateway', { SYNTONYM_PORT: String(port) })),
  ]
}

function bucketOf({ s3 }: ClusterServers): Client {
  const { hostname, port } = new URL(s3.endpoint)
  const { accessKey, secretKey } = s3
  return new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
}

async function storedThings(servers: ClusterServers): Promise<readonly StoredThing[]> {
  const client = bucketOf(servers)
  const things: StoredThing[] = []
  for await (const { name } of client.listObjectsV2(BUCKET, '', true)) {
    if (name === undefined) continue
    const hash = createHash('sha256')
    for await (const chunk of await client.getObject(BUCKET, name)) hash.update(chunk)
    things.push({ key: name, sha256: hash.digest('hex') })
  }
  for await (const { key } of client.listIncompleteUploads(BUCKET, '', true))
    if (key !== undefined) things.push({ key, sha256: 'half sent' })
  return things
}

async function balanceOf(site: ClusterSite): Promise<Evidence['balance']> {
  const { code, said } = await site.run('credits', 'show', '--json')
  if (code !== 0) throw new Error(`credits show ended with ${code}: ${said}`)
  const line = said.split('\n').find((text) => text.startsWith('{')) ?? ''
  return JSON.parse(line).accounts[0]
}

/** Starts the rooms and waits until all are ready. */
export async function openChaosSite(servers: ClusterServers): Promise<ChaosSite> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await temporaryFolder())
  const keysFile = await writeKeys(folder.path)
  const site = opened.use(await makeClusterSite(servers, BUCKET, { SYNTONYM_KEYS_FILE: keysFile }))
  const { names, originals } = await writeFiles(site.jobsRoot)
  const created = await site.run('topics', 'create')
  if (created.code !== 0) throw new Error(created.said)
  const ports = await freePorts(2)
  const crew = opened.use(startCrew(site, postsOf(ports), OUTPUTS))
  await crew.allReady()
  const kept = opened.move()
  return {
    site,
    crew,
    servers,
    clients: (random, endWithinMs) =>
      startClients({
        random,
        endWithinMs,
        gateways: ports.map((port) => `http://127.0.0.1:${port}`),
        files: names,
        headers: keyOf(ACCOUNT),
      }),
    async evidence(clients) {
      const read = (topic: string) => readFacts(servers, topic)
      return {
        acknowledged: clients.flatMap(({ acknowledged }) => acknowledged),
        jobs: await read(JOBS.name),
        outcomes: await read(OUTCOMES.name),
        credits: await read(CREDITS.name),
        deadLetters: await countRecords(servers.brokers, DEAD_LETTERS.name),
        objects: await storedThings(servers),
        originals,
        balance: await balanceOf(site),
      }
    },
    async workFiles() {
      const root = join(site.environment.SYNTONYM_DATA_DIR ?? '', 'work')
      const all = await readdir(root, { recursive: true, withFileTypes: true })
      return all
        .filter((entry) => entry.isFile() && entry.parentPath.includes('/files'))
        .map((entry) => join(entry.parentPath, entry.name))
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
