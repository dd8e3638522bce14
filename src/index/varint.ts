/** Seven bits a byte, the lowest first, the eighth says that more follow (LEB128, unsigned). Values are below 2^31. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let left = value
  let end = at
  while (left > 0x7f) {
    bytes[end++] = (left & 0x7f) | 0x80
    left >>>= 7
  }
  bytes[end++] = left
  return end
}

export const LONGEST_VARINT = 5

export function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}
