// Apicurio as the schema registry, spoken to through its Confluent-compatible API.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { installedOnce } from '../cache-folder.ts'
import { freePorts } from '../free-ports.ts'
import { runProgram } from '../run-program.ts'
import type { RunningServer, ServiceAddresses, StartOptions } from '../service-kinds.ts'
import { startMembers, stopMembers } from './member.ts'

/** The last line of 3.0 runs on Java 17; 3.3 wants 21. */
const VERSION = '3.0.9'
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`
const START_MS = 180_000

/** Answers the folder that {@link registryJar} lies in. */
export const installRegistry = ({ environment, say }: StartOptions): Promise<string> =>
  installedOnce(environment, `apicurio-${VERSION}`, async (folder) => {
    say(`fetching Apicurio ${VERSION} (109 MB, once per machine)`)
    const maven = ['-q', '-B', '-ntp']
    await runProgram(
      'mvn',
      [...maven, 'dependency:get', '-Dtransitive=false', `-Dartifact=${ARTIFACT}`],
      folder,
    )
    const copy = ['dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`]
    await runProgram('mvn', [...maven, ...copy], folder)
    const archive = join(folder, `apicurio-registry-app-${VERSION}-all.tar.gz`)
    await runProgram('tar', ['-xzf', archive, '-C', folder], folder)
    rmSync(archive)
  })

export const registryJar = (home: string): string => join(home, `apicurio-registry-app-${VERSION}-runner.jar`)

export async function startRegistry(
  options: StartOptions,
): Promise<RunningServer<ServiceAddresses['registry']>> {
  const home = await installRegistry(options)
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const members = await startMembers([
    {
      name: 'registry',
      program: 'java',
      args: [
        '-Xmx384m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${port}`,
        '-jar',
        registryJar(home),
      ],
      folder: options.folder,
      timeoutMs: START_MS,
      isReady: async () => (await fetch(`${url}/subjects`)).ok,
    },
  ])
  return { addresses: { url }, members, stop: () => stopMembers(members) }
}
