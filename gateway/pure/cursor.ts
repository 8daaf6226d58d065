// Turns the last row of a page into an opaque text and back; a text that we did not make is refused, not guessed at.

export interface CursorPlace {
  /** Milliseconds since 1970, UTC. */
  readonly score: number
  readonly member: string
}
export type CursorVerdict =
  | { readonly verdict: 'ok'; readonly place: CursorPlace }
  | { readonly verdict: 'refused' }

const FORM = /^1\.([0-9a-z]{1,11})\.([0-9a-f-]{36})$/

export const writeCursor = ({ score, member }: CursorPlace): string =>
  btoa(`1.${score.toString(36)}.${member}`)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** The place behind which a page continues. */
export function readCursor(text: string): CursorVerdict {
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(text) || text.length % 4 === 1) return { verdict: 'refused' }
  const found = FORM.exec(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
  const [, score, member] = found ?? []
  if (score === undefined || member === undefined) return { verdict: 'refused' }
  const number = Number.parseInt(score, 36)
  return Number.isSafeInteger(number)
    ? { verdict: 'ok', place: { score: number, member } }
    : { verdict: 'refused' }
}
