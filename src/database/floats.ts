/** A stored vector: little endian. A copy, since a view needs an offset that is a multiple of 4. */
export const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer)
