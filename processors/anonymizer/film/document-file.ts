// Writes and reads a film's detection document frame by frame, so that its length never matters to memory.

import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { PermanentFailure } from '#runtime/failure.ts'
import {
  type DetectionDocument,
  detectionDocumentSchema,
  type FrameDetections,
  frameDetectionsSchema,
} from '#schemas/detection-document.ts'

export type DocumentHead = Omit<DetectionDocument, 'frames'>

export interface DocumentWriter extends AsyncDisposable {
  write(frames: readonly FrameDetections[]): Promise<void>
  /** Ends the file; without it the file is no document. */
  finish(): Promise<void>
}

/**
 * One JSON document with a frame on each line: the head on the first line, which ends with `"frames":[`. The file
 * grows as frames come.
 */
export function writeDocument(path: string, head: DocumentHead): DocumentWriter {
  const file = createWriteStream(path)
  let failed: Error | undefined
  file.on('error', (error) => {
    failed = error
  })
  const put = async (text: string): Promise<void> => {
    if (failed) throw failed
    if (!file.write(text)) await Promise.race([once(file, 'drain'), once(file, 'error')])
  }
  let written = 0
  const started = put(`${JSON.stringify(head).slice(0, -1)},"frames":[`)
  return {
    async write(frames) {
      await started
      let text = ''
      for (const frame of frames) text += `${written++ === 0 ? '\n' : ',\n'}${JSON.stringify(frame)}`
      if (text !== '') await put(text)
    },
    async finish() {
      await started
      await put('\n]}\n')
      file.end()
      if (!failed) await Promise.race([once(file, 'finish'), once(file, 'error')])
      if (failed) throw failed
    },
    async [Symbol.asyncDispose]() {
      await started.catch(() => undefined)
      file.destroy()
    },
  }
}

export interface DocumentReader extends AsyncDisposable {
  readonly head: DocumentHead
  /** Frames in the order of the file; undefined after the last. */
  next(): Promise<FrameDetections | undefined>
}

/**
 * Reads a document that we wrote line by line, and one that somebody laid out anew as a whole.
 * @throws {PermanentFailure} MEDIA_UNREADABLE where it is no detection document of a film; from `next` too
 */
export async function readDocument(path: string): Promise<DocumentReader> {
  const file = createReadStream(path, 'utf8')
  const lines = createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  const first = await lines.next()
  const opening = first.done ? '' : first.value
  if (!opening.endsWith('"frames":[')) {
    file.destroy()
    return wholeDocument(path)
  }
  const head = parseHead(`${opening}]}`)
  return {
    head,
    async next() {
      for (;;) {
        const line = await lines.next()
        if (line.done) throw unreadable('ends before its last frame')
        if (line.value === ']}') return undefined
        const frame = line.value.replace(/,$/, '')
        if (frame !== '') return parseFrame(frame)
      }
    },
    async [Symbol.asyncDispose]() {
      file.destroy()
    },
  }
}

async function wholeDocument(path: string): Promise<DocumentReader> {
  const parsed = detectionDocumentSchema.safeParse(parseJson(await readFile(path, 'utf8')))
  if (!parsed.success) throw unreadable('does not have the form of one')
  const { frames, ...head } = parsed.data
  let next = 0
  return { head: filmHead(head), next: async () => frames[next++], async [Symbol.asyncDispose]() {} }
}

function parseHead(text: string): DocumentHead {
  const parsed = detectionDocumentSchema.safeParse(parseJson(text))
  if (!parsed.success) throw unreadable('does not have the form of one')
  const { frames: _, ...head } = parsed.data
  return filmHead(head)
}

function filmHead(head: DocumentHead): DocumentHead {
  if (head.kind !== 'film') throw unreadable('belongs to a picture')
  return head
}

function parseFrame(line: string): FrameDetections {
  const parsed = frameDetectionsSchema.safeParse(parseJson(line))
  if (!parsed.success) throw unreadable('holds a line that is no frame')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable('is not JSON', error)
  }
}

const unreadable = (why: string, cause?: unknown): PermanentFailure =>
  new PermanentFailure('MEDIA_UNREADABLE', `The detection document ${why}.`, { cause })

/**
 * All frames of a film's document, in order: one for each displayed frame, in displayed pixels, times in seconds.
 * @throws {PermanentFailure} MEDIA_UNREADABLE where it is no detection document of a film
 */
export async function* documentFrames(path: string): AsyncGenerator<FrameDetections> {
  await using reader = await readDocument(path)
  for (let frame = await reader.next(); frame; frame = await reader.next()) yield frame
}
