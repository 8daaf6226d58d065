// `npm run bench -- NAME …`: runs one benchmark; each prints a last line of figures against its target.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const [name, ...rest] = process.argv.slice(2)
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
const file = join(import.meta.dirname, `${name ?? ''}.ts`)
if (name === undefined || !/^[\w-]+$/.test(name) || !existsSync(file)) {
  console.error(`Which benchmark? One of: ${known.join(', ')}`)
  process.exit(2)
}
process.exit(spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' }).status ?? 1)
