// Runs an installer to its end; a missing program is an error of its own, with the way to get it.
import { spawn } from 'node:child_process'

/** Something that this machine lacks, and how to get it. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing'
}

const HOW: Readonly<Record<string, string>> = {
  java: 'Java 17 or newer is needed (Debian: apt-get install openjdk-17-jre-headless)',
  mvn: 'Maven is needed (Debian: apt-get install maven)',
  python3: 'Python 3 with pip is needed (Debian: apt-get install python3-pip)',
  'apt-get': 'a Debian system with apt-get is needed, or redis-server on the PATH',
}

/** @throws {ProgramMissing}; an Error with the last lines that the program said */
export function runProgram(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const keep = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-64_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT' ? new ProgramMissing(HOW[program] ?? `${program} is not installed`) : error,
      ),
    )
    child.once('close', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${program} ended with ${code}: ${said.trim().split('\n').slice(-8).join('\n')}`))
    })
  })
}
