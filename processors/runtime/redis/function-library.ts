// Puts the store's functions together as one library whose name carries its content, so that versions live side by side.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, 'functions')
/** In this order: each uses what the earlier ones define. */
const PARTS = ['standing', 'decisions', 'leases', 'views', 'together', 'register']
/** Grows when the shape of what is stored changes; the content's hash tells builds of one version apart. */
const VERSION = 1

export interface FunctionLibrary {
  /** For example syntonym_v1_0a1b2c3d; its functions are called `<name>_<function>`. */
  readonly name: string
  /** For FUNCTION LOAD. */
  readonly code: string
}

/** Reads the library from its files beside this one. */
export function readFunctionLibrary(): FunctionLibrary {
  const body = PARTS.map((part) => readFileSync(join(FOLDER, `${part}.lua`), 'utf8')).join('\n')
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 8)
  const name = `syntonym_v${VERSION}_${hash}`
  return { name, code: `#!lua name=${name}\n${body.replaceAll('LIBRARY_', `${name}_`)}` }
}
