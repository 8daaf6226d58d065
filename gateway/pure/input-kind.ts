// Decides by a file name's extension what a file claims to be, and whether a route takes it; the content is checked later.
import { posix } from 'node:path'

export type InputKind = 'picture' | 'film' | 'archive'

const KINDS: Readonly<Record<string, InputKind>> = {
  '.mp4': 'film',
  '.mkv': 'film',
  '.webm': 'film',
  '.ts': 'film',
  '.mov': 'film',
  '.avi': 'film',
  '.mts': 'film',
  '.jpg': 'picture',
  '.png': 'picture',
  '.jpeg': 'picture',
  '.bmp': 'picture',
  '.zip': 'archive',
  '.rar': 'archive',
  '.7z': 'archive',
}

export type SubmitRoute = 'process_file' | 'process_video' | 'process_image'

/** What each route takes. */
export const ROUTE_KINDS: Readonly<Record<SubmitRoute, readonly InputKind[]>> = {
  process_file: ['picture', 'film', 'archive'],
  process_video: ['film', 'archive'],
  process_image: ['picture', 'archive'],
}

export type KindVerdict =
  | { readonly verdict: 'ok'; readonly kind: InputKind }
  | {
      readonly verdict: 'refused'
      readonly code: 'TYPE_UNKNOWN' | 'TYPE_NOT_ACCEPTED'
      readonly reason: string
    }

const listOf = (kinds: readonly InputKind[]): string =>
  Object.keys(KINDS)
    .filter((extension) => kinds.includes(KINDS[extension] ?? 'archive'))
    .join(' ')

/** The kind that a file name claims; upper case counts as lower case. */
export function inputKind(fileName: string, route: SubmitRoute): KindVerdict {
  const extension = posix.extname(fileName).toLowerCase()
  const kind = Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined
  const accepted = ROUTE_KINDS[route]
  if (kind === undefined) {
    const reason = `The file name's extension is none of those accepted: ${listOf(accepted)}`
    return { verdict: 'refused', code: 'TYPE_UNKNOWN', reason }
  }
  if (!accepted.includes(kind)) {
    const reason = `/${route} does not take a ${kind}; it takes ${listOf(accepted)}`
    return { verdict: 'refused', code: 'TYPE_NOT_ACCEPTED', reason }
  }
  return { verdict: 'ok', kind }
}
