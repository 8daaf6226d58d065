import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { readSettings, SETTING_NAMES } from '#runtime/service/pure/read-settings.ts'
import { KUBERNETES_VERSIONS, requireTools } from './tools.ts'

const chart = join(import.meta.dirname, '..', '..', 'charts', 'syntonym')
const sets = readdirSync(join(chart, 'ci')).map((name) => name.replace('-values.yaml', ''))
const tools = await requireTools('helm', 'kubeconform', 'kubernetes-schemas')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syntonym-chart-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly securityContext?: Record<string, unknown>
  readonly resources?: {
    readonly limits?: Record<string, unknown>
    readonly requests?: Record<string, unknown>
  }
  readonly volumeMounts?: readonly { readonly name: string }[]
}
interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly securityContext?: Record<string, unknown>
  readonly volumes?: readonly Record<string, unknown>[]
  readonly [more: string]: unknown
}
// biome-ignore lint/suspicious/noExplicitAny: manifests were checked against the schemas of Kubernetes
type Manifest = any

function helm(...args: readonly string[]) {
  return spawnSync(tools?.helm ?? '', args, { encoding: 'utf8', cwd: chart, timeout: 120_000 })
}
const valuesOf = (set: string): string => join(chart, 'ci', `${set}-values.yaml`)
function render(set: string): { text: string; manifests: Manifest[] } {
  const { stdout, stderr, status } = helm('template', 'syn', '.', '--namespace', 'media', '-f', valuesOf(set))
  expect([status, stderr]).toEqual([0, ''])
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter(Boolean)
  return { text: stdout, manifests }
}
const podOf = (manifest: Manifest): PodSpec | undefined =>
  manifest.kind === 'Pod' ? manifest.spec : manifest.spec?.template?.spec
const podLabels = (manifest: Manifest): Record<string, string> =>
  manifest.kind === 'Pod' ? manifest.metadata.labels : manifest.spec?.template?.metadata?.labels
const pods = (manifests: readonly Manifest[]): [string, PodSpec, Record<string, string>][] =>
  manifests.flatMap((manifest) => {
    const pod = podOf(manifest)
    return pod ? [[`${manifest.kind} ${manifest.metadata.name}`, pod, podLabels(manifest)]] : []
  })

/** What Pod Security "restricted" (Kubernetes, Pod Security Standards) forbids, and the root file system left writable. */
function breachesOf(pod: PodSpec): string[] {
  const security = pod.securityContext ?? {}
  const own = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => pod[key])
  const volumes = (pod.volumes ?? []).flatMap((volume) =>
    Object.keys(volume).filter(
      (key) =>
        !['name', 'configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'].includes(key),
    ),
  )
  const containers = [...pod.containers, ...(pod.initContainers ?? [])].flatMap((container) => {
    const at = container.securityContext ?? {}
    const { drop } = (at.capabilities ?? {}) as { drop?: unknown }
    return [
      at.allowPrivilegeEscalation === false ? [] : 'escalation',
      at.readOnlyRootFilesystem === true ? [] : 'writable root',
      JSON.stringify(drop) === '["ALL"]' ? [] : 'capabilities',
      at.privileged ? 'privileged' : [],
      container.resources?.limits?.memory ? [] : 'no memory limit',
      container.resources?.requests?.cpu ? [] : 'no cpu request',
    ].flat()
  })
  return [
    ...own,
    ...volumes,
    ...containers,
    ...(security.runAsNonRoot === true && Number(security.runAsUser) > 0 ? [] : ['root']),
    ...((security.seccompProfile as { type?: string })?.type === 'RuntimeDefault' ? [] : ['seccomp']),
    ...(pod.automountServiceAccountToken === false ? [] : ['service account token']),
  ]
}

describe.skipIf(!tools)('the chart', () => {
  it('has at least six sets of values', () => expect(sets.length).toBeGreaterThanOrEqual(6))

  it.each(sets)('%s: lints, and every manifest is valid for three versions of Kubernetes', async (set) => {
    expect(helm('lint', '.', '--strict', '--quiet', '-f', valuesOf(set))).toMatchObject({
      status: 0,
      stdout: '',
    })
    const path = join(folder, `${set}.yaml`)
    await writeFile(path, render(set).text)
    for (const version of KUBERNETES_VERSIONS) {
      const schemas = `${tools?.['kubernetes-schemas']}/{{ .NormalizedKubernetesVersion }}/{{ .ResourceKind }}{{ .KindSuffix }}.json`
      const args = [
        '-strict',
        '-output',
        'json',
        '-summary',
        '-skip',
        'PodMonitor,PrometheusRule,ScaledObject',
      ]
      const done = spawnSync(
        tools?.kubeconform ?? '',
        [...args, '-schema-location', schemas, '-kubernetes-version', version, path],
        { encoding: 'utf8', timeout: 120_000 },
      )
      const { summary, resources } = JSON.parse(done.stdout)
      expect([resources, summary.invalid, summary.errors]).toEqual([[], 0, 0])
      expect(summary.valid).toBeGreaterThan(15)
    }
  })

  it.each(sets)(
    '%s: every pod is as restricted as Pod Security asks, and has the images it was told',
    (set) => {
      const { manifests } = render(set)
      const found = pods(manifests)
      expect(found.length).toBeGreaterThan(4)
      for (const [name, pod] of found) expect([name, breachesOf(pod)]).toEqual([name, []])
      for (const [, pod] of found)
        for (const { image } of pod.containers) expect(image).toMatch(/(:[\w.-]+|@sha256:[0-9a-f]{64})$/)
    },
  )

  it.each(sets)(
    '%s: processes are told only settings that they know, and those that cluster mode needs',
    (set) => {
      const ours = pods(render(set).manifests).flatMap(([name, { containers }]) =>
        containers
          .filter(({ env }) => env?.some((each) => each.name === 'SYNTONYM_MODE'))
          .map(({ env }) => [name, env] as const),
      )
      expect(ours.length).toBeGreaterThan(3)
      for (const [name, env = []] of ours) {
        const names = env.map((each) => each.name)
        expect([
          name,
          names.filter((each) => each.startsWith('SYNTONYM_') && !SETTING_NAMES.includes(each)),
        ]).toEqual([name, []])
        const settings = Object.fromEntries(env.map((each) => [each.name, each.value ?? 'from a secret']))
        const secrets = { SYNTONYM_REDIS_URL: 'redis://from-a-secret:6379' }
        const known = settings.SYNTONYM_REDIS_URL === 'from a secret' ? { ...settings, ...secrets } : settings
        expect([name, readSettings(known, {})]).toMatchObject([name, { verdict: 'ok' }])
        expect(new Set(names).size).toBe(names.length)
      }
    },
  )

  it.each(sets)('%s: the flow table of the README is what the network policies allow', (set) => {
    const { manifests } = render(set)
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
    const deny = policies.find(({ metadata }) => metadata.name === 'syn-deny-all')
    expect(deny.spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'syn' } },
      policyTypes: ['Ingress', 'Egress'],
    })
    for (const [name, , labels] of pods(manifests))
      expect([name, labels['app.kubernetes.io/instance']]).toEqual([name, 'syn'])
    const readme = readFileSync(join(chart, 'README.md'), 'utf8')
    const table = [...readme.matchAll(/^\| `syn-([a-z0-9-]+)` \|/gm)].map((match) => `syn-${match[1]}`)
    const names = policies.map(({ metadata }) => metadata.name)
    expect(names.filter((name) => !table.includes(name))).toEqual([])
    const bundled = new Set(
      manifests.filter(({ kind }) => kind === 'StatefulSet').map(({ metadata }) => metadata.name),
    )
    const serverOf = (name: string): string | undefined =>
      /^syn-to-(.+)$/.exec(name)?.[1] ?? /^syn-(.+)-to-/.exec(name)?.[1]
    const expected = table.filter((name) => {
      const server = serverOf(name)
      return server === undefined || bundled.has(`syn-${server}`)
    })
    expect(names.toSorted()).toEqual(expected.toSorted())
    for (const { metadata, spec } of policies)
      for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
        expect([metadata.name, rule.ports?.length > 0]).toEqual([metadata.name, true])
        if (!['syn-services', 'syn-registry-to-kafka'].includes(metadata.name))
          expect([metadata.name, (rule.from ?? rule.to)?.length > 0]).toEqual([metadata.name, true])
      }
  })
})

describe.skipIf(!tools)('what each set of values is for', () => {
  const deployment = (set: string, name: string): Manifest =>
    render(set).manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)

  it('gpu: asks for a GPU by limit, on nodes that have one, with the image that has CUDA', () => {
    const { spec } = deployment('gpu', 'syn-anonymizer-gpu').spec.template
    expect(spec.containers[0].resources.limits['nvidia.com/gpu']).toBe(1)
    expect(spec.containers[0].image).toBe('syntonym:0.1.0-cuda')
    expect([spec.runtimeClassName, spec.nodeSelector, spec.tolerations[0].key]).toEqual([
      'nvidia',
      { 'nvidia.com/gpu.present': 'true' },
      'nvidia.com/gpu',
    ])
    expect(spec.containers[0].env).toContainEqual({ name: 'SYNTONYM_FILM_ENCODE', value: 'cuda' })
    expect(deployment('gpu', 'syn-anonymizer-films')).toBeUndefined()
  })
  it('mig: asks for a slice, and takes the models from a claim, read only', () => {
    const [films, pictures] = ['films', 'pictures'].map(
      (pool) => deployment('mig', `syn-anonymizer-${pool}`).spec.template.spec,
    )
    expect(films.containers[0].resources.limits['nvidia.com/mig-1g.10gb']).toBe(1)
    expect(pictures.containers[0].resources.limits).toEqual({ memory: '6Gi' })
    expect(films.volumes).toContainEqual({
      name: 'models',
      persistentVolumeClaim: { claimName: 'syntonym-models', readOnly: true },
    })
  })
  it('keda: pools follow the lag of the very topics and groups that the anonymizer reads, with one scaler each', () => {
    const { manifests } = render('keda')
    const scalers = manifests.filter(({ kind }) => kind === 'ScaledObject')
    expect(
      scalers.map(({ spec }) =>
        spec.triggers.map((each: Manifest) => [each.metadata.consumerGroup, each.metadata.topic]),
      ),
    ).toEqual([
      [['syntonym.anonymizer.films', 'syntonym.film-tasks.v1']],
      [['syntonym.anonymizer.pictures', 'syntonym.picture-tasks.v1']],
    ])
    expect(
      manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name),
    ).toEqual(['syn-gateway'])
    expect(deployment('keda', 'syn-anonymizer-films').spec.replicas).toBeUndefined()
  })
  it('restricted: every image comes from the site by digest or tag, and services lie in one network', () => {
    const { manifests } = render('restricted')
    for (const [, pod] of pods(manifests)) {
      expect(pod.imagePullSecrets).toEqual([{ name: 'site-registry' }])
      for (const { image } of pod.containers)
        expect(image).toMatch(/^registry\.site\.local\/mirror\/syntonym@sha256:1{64}$/)
    }
    const services = manifests.find(({ metadata }) => metadata.name === 'syn-services')
    for (const rule of services.spec.egress) expect(rule.to).toEqual([{ ipBlock: { cidr: '10.20.0.0/24' } }])
  })
  it('external: secrets are named, never written, and the alert rules are those of the file', () => {
    const { text, manifests } = render('external')
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([])
    expect(text).toContain('OTEL_EXPORTER_OTLP_ENDPOINT')
    const rule = manifests.find(({ kind }) => kind === 'PrometheusRule')
    expect(rule.spec).toEqual(parse(readFileSync(join(chart, 'files', 'alerts.yaml'), 'utf8')))
    const boards = readdirSync(join(chart, 'files', 'dashboards'))
    const maps = manifests.filter(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels.grafana_dashboard,
    )
    expect(maps.flatMap(({ data }) => Object.keys(data)).toSorted()).toEqual(boards.toSorted())
    for (const { data } of maps)
      for (const [name, json] of Object.entries(data))
        expect(json).toBe(readFileSync(join(chart, 'files', 'dashboards', name), 'utf8'))
  })
})

describe.skipIf(!tools)('wrong values', () => {
  const attempt = async (values: string) => {
    const path = join(folder, 'wrong.yaml')
    await writeFile(path, values)
    return helm('template', 'syn', '.', '-f', valuesOf('default'), '-f', path).stderr
  }
  it.each([
    ['a misspelt key', 'gatway: { replicas: 2 }', /gatway.*not allowed|additional properties 'gatway'/],
    ['a word for a number', 'gateway: { replicas: two }', /\/gateway\/replicas.*got string, want integer/],
    [
      'an unknown provider',
      'anonymizer: { pools: { films: { executionProvider: rocm } } }',
      /executionProvider.*'cpu', 'cuda', 'tensorrt'/,
    ],
    ['a broker without a port', 'services: { kafka: { brokers: [kafka] } }', /brokers\/0.*does not match/],
    ['a digest that is none', 'image: { digest: latest }', /\/image\/digest.*does not match/],
    [
      'a pool without what a pool needs',
      'anonymizer: { pools: { more: { enabled: true } } }',
      /pools\/more.*missing properties/,
    ],
    [
      'a GPU pool without a resource',
      'anonymizer: { pools: { films: { executionProvider: cuda, filmEncode: cuda } } }',
      /films\.gpu\.resource: cuda needs a GPU.*films\.gpu\.resource: filmEncode cuda needs a GPU/,
    ],
  ])('%s is refused with its place', async (_, values, said) => {
    expect((await attempt(values)).replaceAll('\n', ' ')).toMatch(said)
  })
  it('nothing at all is answered with everything that is missing, at once', () => {
    const { stderr, status } = helm('template', 'syn', '.')
    expect(status).not.toBe(0)
    for (const name of ['brokers', 'schemaRegistry', 'redis', 's3', 'jobsRoot', 'keys'])
      expect(stderr).toContain(name)
  })
})
