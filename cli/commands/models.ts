// `syntonym models`: every model of the manifest with its role and licences, and whether its file has the hash named there.
import { checkModels, HOW_TO_GET, type ModelCheck } from '#models/model-store.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { modelCache } from '../machine.ts'

/** Exit code 0 where all are there with their hashes, 1 where one is missing or changed. */
export async function models(options: { readonly json?: boolean }, io: CommandIo): Promise<ExitCode> {
  const checks = await checkModels({ cacheFolder: modelCache(io.environment) })
  const broken = checks.filter(({ verdict }) => verdict !== 'ok')
  if (options.json === true)
    io.out.write(`${JSON.stringify({ verified: broken.length === 0, models: checks.map(jsonOf) })}\n`)
  else {
    for (const check of checks) io.out.write(lineOf(check))
    if (broken.length > 0)
      io.err.write(`${broken.length} of ${checks.length} cannot be used: ${HOW_TO_GET}\n`)
  }
  return broken.length === 0 ? EXIT.done : EXIT.failed
}

const SIGN = { ok: 'ok     ', missing: 'MISSING', changed: 'CHANGED' } as const

const lineOf = ({ verdict, row, path }: ModelCheck): string =>
  `${SIGN[verdict]}  ${row.id.padEnd(18)} ${row.role.padEnd(13)} ${row.prepared_sha256.slice(0, 12)}  ${row.licences.weights}  ${path}\n`

const jsonOf = ({ verdict, row, path }: ModelCheck): object => ({
  id: row.id,
  role: row.role,
  verdict,
  path,
  sha256: row.prepared_sha256,
  licences: row.licences,
  source: row.source,
  measured: row.measured,
})
