// The import table of the map and the rules of style that a machine can check, as one pure function.
import { posix } from 'node:path'
import { circles } from './circles.ts'

export interface SourceFile {
  /** Relative to the repository's root. */
  readonly path: string
  readonly text: string
}
export interface Breach {
  readonly path: string
  readonly rule: string
  readonly detail: string
}

const ROOMS: Readonly<Record<string, string>> = {
  '#schemas': 'schemas',
  '#runtime': 'processors/runtime',
  '#extractor': 'processors/extractor',
  '#anonymizer': 'processors/anonymizer',
  '#projection': 'processors/projection',
  '#gateway': 'gateway',
  '#models': 'models',
  '#cli': 'cli',
  '#test': 'test',
}
const PRODUCT = [
  'schemas',
  'processors/runtime',
  'processors/extractor',
  'processors/anonymizer',
  'processors/projection',
  'gateway',
  'models',
  'cli',
]

/** Which rooms a room may import besides itself. `cli` puts the rooms together; tests and benchmarks look at all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  'processors/runtime': [],
  'processors/extractor': ['schemas', 'processors/runtime'],
  'processors/anonymizer': ['schemas', 'processors/runtime', 'models'],
  'processors/projection': ['schemas', 'processors/runtime'],
  gateway: ['schemas', 'processors/runtime'],
  models: ['schemas', 'processors/runtime'],
  cli: PRODUCT,
  test: [...PRODUCT, 'bench', 'samples'],
  bench: [...PRODUCT, 'test'],
}
const SCHEMA_PACKAGES = new Set(['zod', 'avsc', 'node:crypto'])
const DRAWERS = /(^|\/)(utils?|helpers?|common|misc|manager|base|index)\.tsx?$/
const LIMIT_LINES = 300

const roomOf = (path: string): string | undefined =>
  [...PRODUCT, 'test', 'bench', 'samples', 'setup'].find((room) => path.startsWith(`${room}/`))
const isPure = (path: string): boolean => /(^|\/)pure\//.test(path) && !path.startsWith('test/')
const isMain = (path: string): boolean => posix.basename(path) === 'main.ts'

function importsOf(text: string): readonly string[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"\n]+)['"]|^\s*import\s+['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '').filter((name) => name !== '')
}

/** The repository path that an import means, or undefined for a package. */
function target(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier))
  const [alias = ''] = specifier.split('/')
  const room = ROOMS[alias]
  return room === undefined ? undefined : posix.join(room, specifier.slice(alias.length + 1))
}

function importBreaches(file: SourceFile): Breach[] {
  const room = roomOf(file.path)
  if (room === undefined || room === 'samples' || room === 'setup') return []
  const allowed = [room, ...(MAY_IMPORT[room] ?? [])]
  return importsOf(file.text).flatMap((specifier): Breach[] => {
    const to = target(file.path, specifier)
    if (to === undefined) {
      const refused = room === 'schemas' && !SCHEMA_PACKAGES.has(specifier)
      return refused
        ? [{ path: file.path, rule: 'import', detail: `schemas may not import ${specifier}` }]
        : []
    }
    const found: Breach[] = []
    const toRoom = roomOf(to)
    if (toRoom !== undefined && !allowed.includes(toRoom)) {
      found.push({ path: file.path, rule: 'import', detail: `${room} may not import ${to}` })
    }
    if (isMain(to)) found.push({ path: file.path, rule: 'main', detail: `${to} is never imported` })
    return found
  })
}

function purityBreaches(file: SourceFile): Breach[] {
  if (!isPure(file.path)) return []
  const fromImports = importsOf(file.text).flatMap((specifier): Breach[] => {
    const to = target(file.path, specifier)
    const fine =
      to === undefined
        ? specifier === 'node:path' || specifier === 'zod'
        : isPure(to) || to.startsWith('schemas/')
    return fine ? [] : [{ path: file.path, rule: 'pure', detail: `a pure file may not import ${specifier}` }]
  })
  const code = file.text.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
  const impure = /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bprocess\.|\bperformance\.now\(/.exec(
    code,
  )
  return impure === null
    ? fromImports
    : [...fromImports, { path: file.path, rule: 'pure', detail: `a pure file may not use ${impure[0]}` }]
}

function styleBreaches(file: SourceFile): Breach[] {
  const room = roomOf(file.path)
  const product = PRODUCT.includes(room ?? '')
  const lines = file.text.split('\n').length
  const checks: [string, boolean, string][] = [
    [
      'environment',
      product && !isMain(file.path) && /\bprocess\.env\b/.test(file.text),
      'only a main.ts reads the environment',
    ],
    ['default', product && /^export default\b/m.test(file.text), 'no default exports'],
    ['name', DRAWERS.test(file.path), 'a file is named after the one thing it says'],
    [
      'opening',
      product && !/^(#!.*\n)?(\/\/|\/\*)/.test(file.text),
      'a file opens with one sentence that says what it promises',
    ],
    ['length', lines - 1 > LIMIT_LINES, `${lines - 1} lines, ${LIMIT_LINES} at most`],
    [
      'alone',
      file.path.endsWith('.test.ts') &&
        !file.path.endsWith('architecture.test.ts') &&
        /\b(it|test|describe)\.(only|todo)\b/.test(file.text),
      'no test stands alone',
    ],
  ]
  return checks.filter(([, broken]) => broken).map(([rule, , detail]) => ({ path: file.path, rule, detail }))
}

/** Imports of types count too: two files that need each other's words say one thing together. */
function circleBreaches(files: readonly SourceFile[]): Breach[] {
  const targets = ({ path, text }: SourceFile): string[] =>
    importsOf(text).flatMap((specifier) => target(path, specifier) ?? [])
  return circles(new Map(files.map((file) => [file.path, targets(file)]))).map((way) => ({
    path: way[0] ?? '',
    rule: 'circle',
    detail: way.join(' -> '),
  }))
}

/** Everything in these files that breaks a rule; empty when the map is true. */
export function breaches(files: readonly SourceFile[]): readonly Breach[] {
  return [
    ...files.flatMap((file) => [...importBreaches(file), ...purityBreaches(file), ...styleBreaches(file)]),
    ...circleBreaches(files),
  ]
}
