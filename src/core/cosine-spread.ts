/**
 * Standard deviation of the cosines of pairs of vectors of length 1: the unit in which ranking reads a cosine. All pairs
 * where they are few, else `MOST_PAIRS` of them, of which the deviation is off by 2 % (its standard error is
 * 1 / sqrt(2 n)). The vectors are to be in no order. NaN for fewer than three.
 */
export function cosineSpread(vectors: readonly Float32Array[]): number {
  const count = vectors.length
  const cosines: number[] = []
  for (let step = 1; step < count && cosines.length < MOST_PAIRS; step++) {
    // Each two that stand `step` places apart: no pair comes twice, and each vector about as often as the others.
    for (let i = 0; i + step < count && cosines.length < MOST_PAIRS; i++) {
      cosines.push(dot(vectors[i] as Float32Array, vectors[i + step] as Float32Array))
    }
  }
  if (cosines.length < 2) return Number.NaN
  const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length
  return Math.sqrt(cosines.reduce((sum, cosine) => sum + (cosine - mean) ** 2, 0) / (cosines.length - 1))
}

const MOST_PAIRS = 1500

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
