// Recognises an MPEG transport stream by its repeating sync byte (ISO/IEC 13818-1, section 2.4.3).

const SYNC = 0x47
/** Plain packets; packets after a four-byte timestamp as cameras write them (.mts). */
const PACKET_BYTES = [188, 192]
/** Five in a row by chance: one file of random bytes in a thousand million; recordings may start inside a packet. */
const SYNCS_NEEDED = 5
const SYNCS_NEEDED_WHEN_SHIFTED = 10

function syncsFrom(head: Uint8Array, first: number, packetBytes: number, needed: number): boolean {
  for (let i = 0; i < needed; i++) if (head[first + i * packetBytes] !== SYNC) return false
  return true
}

/** `head` should hold at least 2,112 bytes where the file does. */
export function isTransportStream(head: Uint8Array): boolean {
  return PACKET_BYTES.some((bytes) => {
    if (syncsFrom(head, bytes - 188, bytes, SYNCS_NEEDED)) return true
    for (let first = 0; first < bytes; first++)
      if (syncsFrom(head, first, bytes, SYNCS_NEEDED_WHEN_SHIFTED)) return true
    return false
  })
}
