type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float32Array | Float64Array

/** The array itself when it holds `needed` entries, else a copy with room for half as many more. */
export function grown<T extends Numbers>(array: T, needed: number): T {
  if (needed <= array.length) return array
  const Kind = array.constructor as new (length: number) => T
  const larger = new Kind(Math.max(needed, Math.ceil(array.length * 1.5), 64))
  larger.set(array)
  return larger
}
