// Reads what `7zz l -slt` prints: one block of `Name = value` lines for the archive, then one for each member.
import type { MemberFacts } from './member-verdict.ts'

export type Properties = Readonly<Record<string, string>>

/** Lines in, blocks out; keeps only the block that is being read. */
export interface ListingReader {
  /** @returns the block that this line completed, if it did */
  line(text: string): { readonly of: 'archive' | 'member'; readonly properties: Properties } | undefined
}

const MEMBERS_FOLLOW = '----------'
const ARCHIVE_FOLLOWS = '--'

export function listingReader(): ListingReader {
  let of: 'nothing' | 'archive' | 'member' = 'nothing'
  let block: Record<string, string> = Object.create(null)
  const take = (): Properties => {
    const taken = block
    block = Object.create(null)
    return taken
  }
  return {
    line(text) {
      if (of === 'nothing') {
        if (text === ARCHIVE_FOLLOWS) of = 'archive'
        return undefined
      }
      if (of === 'archive' && text === MEMBERS_FOLLOW) {
        of = 'member'
        return { of: 'archive', properties: take() }
      }
      if (text === '' && of === 'member')
        return 'Path' in block ? { of: 'member', properties: take() } : undefined
      const equals = text.indexOf(' = ')
      if (equals > 0) block[text.slice(0, equals)] = text.slice(equals + 3)
      else if (text.endsWith(' =')) block[text.slice(0, -2)] = ''
      return undefined
    },
  }
}

/** One member as 7-Zip listed it. */
export interface SevenZipMember extends MemberFacts {
  /** CRC-32 of the unpacked bytes; undefined where the archive keeps another hash or none. */
  readonly crc32: number | undefined
  /** Bytes that 7-Zip writes for it when it streams the archive: links of RAR give none. */
  readonly streamedBytes: number
}

const said = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '-'

function kind(of: Properties): 'file' | 'folder' | 'special' {
  const unix = /(?:^|\s)([-a-z])[-rwxsStT]{9}$/.exec(of.Attributes ?? '')?.[1]
  const links = [of['Symbolic Link'], of['Hard Link'], of['Copy Link'], of['Alternate Stream'], of.Anti]
  if (links.some(said) || (unix !== undefined && unix !== '-' && unix !== 'd')) return 'special'
  const dosFolder = /^\s*\S*D/.test(of.Attributes ?? '')
  return of.Folder === '+' || unix === 'd' || dosFolder ? 'folder' : 'file'
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

export function sevenZipMember(of: Properties): SevenZipMember {
  const bytes = wholeNumber(of.Size)
  const is = kind(of)
  const rarLink = [of['Symbolic Link'], of['Hard Link'], of['Copy Link']].some(said)
  const split = said(of['Split Before']) || said(of['Split After'])
  const contradiction = split
    ? 'A part of the member lies in another volume.'
    : bytes === undefined && is === 'file'
      ? 'The archive does not say how large the member is.'
      : undefined
  return {
    name: of.Path ?? '',
    bytes: bytes ?? 0,
    packedBytes: undefined,
    is,
    encrypted: of.Encrypted === '+',
    method: 'known',
    crc32: /^[0-9A-F]{8}$/.test(of.CRC ?? '') ? Number.parseInt(of.CRC ?? '', 16) : undefined,
    streamedBytes: rarLink || is === 'folder' ? 0 : (bytes ?? 0),
    ...(contradiction === undefined ? {} : { contradiction }),
  }
}
