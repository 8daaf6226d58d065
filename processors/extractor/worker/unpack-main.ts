// The boxed child that unpacks one archive into its own folder, under names of ours, never far ahead of its parent.
import { join } from 'node:path'
import { UNTAKEN_MEMBERS } from '../pure/limits.ts'
import type { FromUnpacker, ToUnpacker, UnpackOrder } from '../pure/unpack-messages.ts'
import type { Entry, OpenedArchive, Unpacked } from './open-archive.ts'
import { openWithSevenZip } from './seven-zip-archive.ts'
import { openZip } from './zip-archive.ts'

const say = (message: FromUnpacker): void => {
  process.send?.(message)
}

/** Not the archive's fault: the parent tries again later. */
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])

let untaken = 0
let onTaken = (): void => {}

async function sayMember(entry: Entry, { index, refused }: Unpacked): Promise<void> {
  untaken++
  const file = refused ? null : fileName(index)
  const why = refused && { code: refused.code, detail: refused.detail }
  say({ say: 'member', index, name: entry.name, bytes: entry.bytes, file, refused: why })
  while (untaken >= UNTAKEN_MEMBERS) await new Promise<void>((resolve) => (onTaken = resolve))
}

const fileName = (index: number): string => `member-${String(index).padStart(6, '0')}`

/** Refused members are told in their place between the unpacked ones. */
async function handOver(archive: OpenedArchive, order: UnpackOrder): Promise<void> {
  let next = order.fromIndex
  const tellRefusedBefore = async (end: number): Promise<void> => {
    for (; next < end; next++) {
      const entry = archive.entries[next]
      if (entry && entry.verdict !== 'unpack') await sayMember(entry, { index: next, refused: entry.verdict })
    }
  }
  const unpacked = archive.unpack({
    wanted: (i) => i >= order.fromIndex && archive.entries[i]?.verdict === 'unpack',
    fileFor: (i) => join(process.cwd(), fileName(i)),
    onBegin: (index) => {
      const entry = archive.entries[index]
      if (entry) say({ say: 'begin', index, name: entry.name, bytes: entry.bytes })
    },
    onWorking: () => say({ say: 'working' }),
  })
  for await (const member of unpacked) {
    await tellRefusedBefore(member.index)
    const entry = archive.entries[member.index]
    if (entry) await sayMember(entry, member)
    next = member.index + 1
  }
  await tellRefusedBefore(archive.entries.length)
}

async function unpack(order: UnpackOrder): Promise<void> {
  const opened = order.type === 'zip' ? await openZip(order) : await openWithSevenZip(order)
  if (opened.verdict === 'refused') return say({ say: 'refused', code: opened.code, detail: opened.detail })
  await using archive = opened.archive
  say({ say: 'listed', members: archive.entries.length })
  await handOver(archive, order)
  say({ say: 'end' })
}

async function unpackOrSayFull(order: UnpackOrder): Promise<void> {
  try {
    await unpack(order)
  } catch (error) {
    const full = error instanceof Error && 'code' in error && DISK_FULL.has(String(error.code))
    if (!full) throw error
    say({ say: 'disk-full' })
  }
}

// The parent is the only sender: one order, then a word for each member it took.
process.on('message', async (message: ToUnpacker) => {
  if (message.do === 'unpack') return await unpackOrSayFull(message)
  untaken--
  onTaken()
})
process.on('disconnect', () => process.exit(0))
say({ say: 'ready' })
