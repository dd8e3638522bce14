// Vectors whose products are exact in 32-bit floats, in whatever order they are added up: what a search ranks by them
// can be told to the last bit.
import { randomFrom } from '../scripts/drills/random.ts'

/** Numbers are whole multiples of its inverse; no sum of a product's parts reaches 2^24 of the products' steps. */
const STEPS = 2048

/** Made from `seed` alone, of about length 1. */
export function exactVector(dimension: number, seed: number): Float32Array {
  const random = randomFrom(seed)
  return exact(Float32Array.from({ length: dimension }, () => normal(random)))
}

/** One that is like `vector`: the cosine is about 1 / sqrt(1 + noise^2). */
export function exactVectorNear(vector: Float32Array, noise: number, seed: number): Float32Array {
  const other = exactVector(vector.length, seed)
  return exact(vector.map((value, i) => value + noise * (other[i] as number)))
}

function exact(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => Math.round((value / length) * STEPS) / STEPS)
}

/** Sum of uniform numbers: nearly normal. */
const normal = (random: () => number): number => random() + random() + random() + random() - 2
