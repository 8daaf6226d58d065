// Shows how far the files are: bars on a terminal, plain lines in a pipe, JSON lines for programs.
import { MultiBar, Presets, type SingleBar } from 'cli-progress'

export interface ProgressNote {
  readonly framesPerSecond?: number | null
  readonly etaSeconds?: number | null
}

/** One line of progress for each label. Progress runs from 0 to 1. */
export interface Progress {
  update(label: string, progress: number, note?: ProgressNote): void
  /** The last word on a label. */
  end(label: string, outcome: 'done' | 'failed', text: string): void
  close(): void
}

export type Output = { readonly write: (text: string) => unknown; readonly isTTY?: boolean | undefined }

export function createProgress(output: Output, options: { readonly json: boolean }): Progress {
  if (options.json) return jsonProgress(output)
  return output.isTTY === true ? barProgress(output) : plainProgress(output)
}

function noteText(note: ProgressNote | undefined): string {
  const parts = [
    note?.framesPerSecond == null ? '' : `${note.framesPerSecond.toFixed(1)} fps`,
    note?.etaSeconds == null ? '' : `${Math.ceil(note.etaSeconds)} s left`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function barProgress(output: Output): Progress {
  const bars = new MultiBar(
    {
      format: '  {bar} {percentage}%  {label}  {note}',
      stream: output as NodeJS.WritableStream,
      hideCursor: true,
      barsize: 28,
      clearOnComplete: false,
    },
    Presets.rect,
  )
  const byLabel = new Map<string, SingleBar>()
  const bar = (label: string): SingleBar => {
    const found = byLabel.get(label) ?? bars.create(100, 0, { label, note: '' })
    byLabel.set(label, found)
    return found
  }
  return {
    update: (label, progress, note) =>
      bar(label).update(Math.floor(progress * 100), { label, note: noteText(note) }),
    end: (label, outcome, text) =>
      bar(label).update(100, { label, note: outcome === 'done' ? text : `FAILED: ${text}` }),
    close: () => bars.stop(),
  }
}

const PLAIN_STEP = 0.25

function plainProgress(output: Output): Progress {
  const said = new Map<string, number>()
  return {
    update: (label, progress, note) => {
      const step = Math.floor(progress / PLAIN_STEP)
      if (step <= (said.get(label) ?? 0)) return
      said.set(label, step)
      output.write(`${label}: ${Math.floor(progress * 100)} % ${noteText(note)}\n`.replace(' \n', '\n'))
    },
    end: (label, outcome, text) =>
      output.write(`${label}: ${outcome === 'done' ? text : `FAILED: ${text}`}\n`),
    close: () => undefined,
  }
}

function jsonProgress(output: Output): Progress {
  const line = (value: object): unknown => output.write(`${JSON.stringify(value)}\n`)
  return {
    update: (label, progress, note) =>
      line({
        file: label,
        progress,
        frames_per_second: note?.framesPerSecond ?? null,
        eta_seconds: note?.etaSeconds ?? null,
      }),
    end: (label, outcome, text) => line({ file: label, outcome, detail: text }),
    close: () => undefined,
  }
}
