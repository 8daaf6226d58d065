// Products of pairs of textures, by which the likeness of two mixtures is told without mixing them.

/** Differences of neighbours, across and then down, where both lie `inside`; 0 elsewhere. A square, row after row. */
export function gradientsOf(texture: Float32Array, inside: Float32Array): Float32Array {
  const side = Math.round(Math.sqrt(texture.length))
  const out = new Float32Array(2 * texture.length)
  for (let i = 0; i < texture.length - side; i++) {
    if (inside[i] !== 1) continue
    if ((i + 1) % side > 0 && inside[i + 1] === 1) out[i] = (texture[i + 1] ?? 0) - (texture[i] ?? 0)
    if (inside[i + side] === 1) out[texture.length + i] = (texture[i + side] ?? 0) - (texture[i] ?? 0)
  }
  return out
}

/** A matrix, row after row: the sum of products of each pair. */
export function productsOf(parts: readonly Float32Array[]): Float64Array {
  const out = new Float64Array(parts.length ** 2)
  parts.forEach((a, i) => {
    parts.slice(0, i + 1).forEach((b, j) => {
      let sum = 0
      for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0)
      out[i * parts.length + j] = sum
      out[j * parts.length + i] = sum
    })
  })
  return out
}
