import { endianness } from 'node:os'

/** An answer that has not the form of vectors; `message` completes `it …`. */
export class NotVectors extends Error {}

/** One vector of length 1, from an array of numbers or from base64 of f32, little endian. @throws NotVectors */
export function unitVector(value: unknown): Float32Array {
  const vector = typeof value === 'string' ? fromBase64(value) : fromNumbers(value)
  let squares = 0
  for (const number of vector) squares += number * number
  const length = Math.sqrt(squares)
  // Also where a number is none, or too large.
  if (!(length > 0 && length < Infinity)) throw new NotVectors('has a vector without a direction')
  return vector.map((number) => number / length)
}

function fromNumbers(value: unknown): Float32Array {
  if (!Array.isArray(value) || value.length === 0 || !value.every((number) => typeof number === 'number')) {
    throw new NotVectors('has something else where a vector belongs')
  }
  return Float32Array.from(value)
}

function fromBase64(value: string): Float32Array {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === 0 || bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw new NotVectors('has something else where a vector belongs')
  }
  if (endianness() === 'BE') bytes.swap32()
  const vector = new Float32Array(bytes.length / Float32Array.BYTES_PER_ELEMENT)
  new Uint8Array(vector.buffer).set(bytes)
  return vector
}
