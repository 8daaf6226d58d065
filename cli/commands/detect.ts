// `syntonym detect`: what was found, as JSON lines on standard output; nothing is written anywhere.
import { join } from 'node:path'
import { type CommandIo, failureText } from '../command-io.ts'
import { type ExitCode, exitCodeFor, UsageError } from '../exit-code.ts'
import { findInputs } from '../find-inputs.ts'
import { detectMedia } from '../media-run.ts'
import { type DeviceOptions, openPixels } from '../pixels.ts'
import { detectionLines } from '../pure/detection-lines.ts'
import { extensionOf, fileKind } from '../pure/file-kind.ts'
import { readSettings } from '../pure/settings.ts'

export interface DetectOptions extends Pick<DeviceOptions, 'filmDecode'> {
  readonly set: readonly string[]
}

export async function detect(
  inputs: readonly string[],
  options: DetectOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const settings = readSettings('blur', options.set)
  if (settings.verdict === 'refused') throw new UsageError(settings.reason)
  const found = await findInputs(inputs)
  const files = found.flatMap((input, index) => {
    const said = inputs[index] ?? input.path
    return input.is === 'file'
      ? [{ path: input.path, said }]
      : input.files.map((name) => ({ path: join(input.path, name), said: join(said, name) }))
  })
  await using pixels = await openPixels(io, { files: 1, devices: options })
  let good = 0
  for (const file of files) {
    try {
      const kind = fileKind(file.path)
      if (kind === undefined || kind === 'archive')
        throw new Error('only pictures and films can be looked at')
      const media = { id: String(good), kind, path: file.path, extension: extensionOf(file.path) }
      const document = await detectMedia(pixels.pool, media, settings.choice, { signal: io.signal })
      for (const line of detectionLines(file.said, document, settings.choice.config))
        io.out.write(`${JSON.stringify(line)}\n`)
      good++
    } catch (error) {
      if (io.signal.aborted) throw error
      io.err.write(`${file.said}: ${failureText(error)}\n`)
    }
  }
  return exitCodeFor({ good, bad: files.length - good })
}
