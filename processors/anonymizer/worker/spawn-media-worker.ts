// Starts the media worker in its box: it reads our source, its models and nothing else, and writes its slot's folder.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compiledCode, nodeReadable } from '#runtime/box/node-readable.ts'
import type { Box } from '#runtime/box/pure/box-request.ts'
import { spawnBoxed } from '#runtime/box/spawn-boxed.ts'
import { usesGpu } from '../film/pure/gpu-choice.ts'
import type { WorkerLimits } from '../pure/worker-limits.ts'
import type { SpawnWorker } from './worker-slot.ts'
import type { WorkerStart } from './worker-start.ts'

export interface WorkerSetup extends WorkerStart {
  readonly repositoryRoot: string
  readonly nodeBinary: string
}

const WORKER = 'processors/anonymizer/worker/media-worker.ts'
const NVIDIA = /^nvidia/

/** ONNX Runtime from 1.29 on reports home unless told not to; the box is not the only thing between. */
const ENVIRONMENT = { ORT_DISABLE_TELEMETRY: '1' }

/** Device files of NVIDIA's driver; none where there is no GPU. */
async function gpuDevices(): Promise<readonly string[]> {
  return (await readdir('/dev')).filter((name) => NVIDIA.test(name)).map((name) => join('/dev', name))
}

const needsGpu = ({ executionProvider, films }: WorkerStart): boolean =>
  executionProvider !== 'cpu' || (films !== undefined && usesGpu(films))

export function mediaWorkerSpawner(box: Box, setup: WorkerSetup, limits: WorkerLimits): SpawnWorker {
  const { repositoryRoot, nodeBinary, ...start } = setup
  const compiled = compiledCode(box)
  return async (folder, signal) =>
    spawnBoxed(box, {
      command: nodeBinary,
      args: [join(repositoryRoot, WORKER), JSON.stringify(start satisfies WorkerStart)],
      readable: [
        ...nodeReadable(repositoryRoot, nodeBinary, ['models']),
        start.modelFolder,
        ...compiled.readable,
      ],
      writable: folder,
      memoryBytes: limits.maxBytes,
      fileBytes: limits.fileBytes,
      ...(needsGpu(start) ? { devices: await gpuDevices() } : {}),
      env: { ...ENVIRONMENT, ...compiled.env },
      ipc: true,
      signal,
    })
}
