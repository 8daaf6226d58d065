// Decides whether a file may go on, from what its content is and what its name says.
import {
  type ArchiveType,
  agrees,
  extensionOf,
  type FilmType,
  isAcceptedExtension,
  type PictureType,
  type Sniffed,
} from './media-types.ts'
import { type Refusal, refusal } from './refusal.ts'

export type Agreement =
  | { readonly verdict: 'picture'; readonly type: PictureType; readonly extension: string }
  | { readonly verdict: 'film'; readonly type: FilmType; readonly extension: string }
  | { readonly verdict: 'archive'; readonly type: ArchiveType; readonly extension: string }
  | ({ readonly verdict: 'refused' } & Refusal)

/** The content decides; the extension must agree with it. `fileName` is data, never a path. */
export function agreement(sniffed: Sniffed, fileName: string): Agreement {
  if (sniffed.is === 'empty') return refusal('FILE_EMPTY', 'The file holds no bytes.')
  if (sniffed.is === 'unknown') return refusal('TYPE_UNKNOWN', 'The content is none of the accepted types.')
  if (sniffed.is === 'other')
    return refusal('TYPE_NOT_ACCEPTED', `The content is ${sniffed.name}, which is not accepted.`)
  const extension = extensionOf(fileName)
  if (agrees(sniffed.type, extension))
    return { verdict: sniffed.is, type: sniffed.type, extension } as Agreement
  const said = isAcceptedExtension(extension)
    ? `the extension says ${extension}`
    : 'the extension does not say so'
  return refusal('TYPE_MISMATCH', `The content is ${sniffed.type}, but ${said}.`)
}
