// Puts a colour profile into a JPEG, in as many APP2 segments as it needs. ICC.1:2022, annex B.4.

const NAME = new TextEncoder().encode('ICC_PROFILE\0')
/** A segment holds 65,533 bytes, of which the name and two counters take 14. */
const PART_BYTES = 65_533 - 14
/** The counter of parts is one byte. */
export const MOST_PROFILE_BYTES = PART_BYTES * 255

/** The JPEG with the profile behind its start marker and its JFIF segment. A larger profile than fits is left out. */
export function withJpegProfile(jpeg: Uint8Array, profile: Uint8Array): Uint8Array {
  if (profile.length === 0 || profile.length > MOST_PROFILE_BYTES) return jpeg
  const parts = Math.ceil(profile.length / PART_BYTES)
  const behind = jpeg[2] === 0xff && jpeg[3] === 0xe0 ? 4 + (((jpeg[4] ?? 0) << 8) | (jpeg[5] ?? 0)) : 2
  const result = new Uint8Array(jpeg.length + profile.length + parts * (4 + 14))
  result.set(jpeg.subarray(0, behind))
  let at = behind
  for (let part = 0; part < parts; part++) {
    const data = profile.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
    const length = 2 + 14 + data.length
    result.set([0xff, 0xe2, length >> 8, length & 255], at)
    result.set(NAME, at + 4)
    result.set([part + 1, parts], at + 16)
    result.set(data, at + 18)
    at += 2 + length
  }
  result.set(jpeg.subarray(behind), at)
  return result
}
