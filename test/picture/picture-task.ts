// A picture task in a folder of its own, as the media worker gets it.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MediaTask } from '#anonymizer/worker/protocol.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'

export interface PictureTask extends AsyncDisposable {
  readonly task: MediaTask
  readonly output: () => Promise<Buffer>
  readonly document: () => Promise<Buffer>
}

/** @param input bytes, or the path of a file to copy */
export async function pictureTask(
  input: Uint8Array | string,
  extension: string,
  changes: Partial<MediaTask> & { readonly config?: Record<string, unknown> } = {},
): Promise<PictureTask> {
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-picture-'))
  const inputPath = join(folder, `input${extension}`)
  if (typeof input === 'string') await copyFile(input, inputPath)
  else await writeFile(inputPath, input)
  const { config, ...rest } = changes
  const task: MediaTask = {
    id: 'task',
    kind: 'picture',
    extension,
    inputPath,
    outputPath: join(folder, `output${extension}`),
    documentPath: join(folder, 'detections.json'),
    until: 'rendered',
    choice: { model: 'blur', config: blurConfigSchema.parse(config ?? {}) },
    ...rest,
  }
  return {
    task,
    output: () => readFile(task.outputPath),
    document: () => readFile(task.documentPath),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
