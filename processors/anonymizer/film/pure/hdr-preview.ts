// Brings HDR code values near to what a screen of ordinary brightness shows, for detectors that only know such pictures.

/** Nits of reference white (ITU-R BT.2408). */
const REFERENCE_WHITE = 203
const PEAK = 10_000

/** SMPTE ST 2084, the "PQ" curve: code value 0..1 to nits. */
function pqNits(code: number): number {
  const m1 = 2610 / 16384
  const m2 = (2523 / 4096) * 128
  const c1 = 3424 / 4096
  const c2 = (2413 / 4096) * 32
  const c3 = (2392 / 4096) * 32
  const root = code ** (1 / m2)
  return PEAK * (Math.max(0, root - c1) / (c2 - c3 * root)) ** (1 / m1)
}

/** A table from 8-bit PQ codes to 8-bit codes of an ordinary screen (gamma 2.2), bright parts rolled off. */
export function pqPreview(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const light = pqNits(code / 255) / REFERENCE_WHITE
    const rolledOff = light <= 0.5 ? light : 0.5 + (0.5 * (light - 0.5)) / (light - 0.5 + 0.5)
    return Math.round(255 * rolledOff ** (1 / 2.2))
  })
}

/** Replaces every byte by its entry in the table. */
export function applyTable(data: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < data.length; i++) data[i] = table[data[i] ?? 0] ?? 0
}
