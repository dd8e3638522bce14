/** Width and height that PNG, JPEG, WebP, TIFF and BMP state, read before anything is decoded; undefined when not found. */
export const imageSize = (image: Uint8Array): { width: number; height: number } | undefined => {
  const view = Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  if (view.length < 30) return undefined
  if (view.readUInt32BE(0) === 0x89504e47) return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) }
  if (view.readUInt16BE(0) === 0xffd8) return jpegSize(view)
  if (view.toString('latin1', 8, 12) === 'WEBP') return webpSize(view)
  const order = view.toString('latin1', 0, 2)
  if (order === 'BM') return { width: Math.abs(view.readInt32LE(18)), height: Math.abs(view.readInt32LE(22)) }
  return order === 'II' || order === 'MM' ? tiffSize(view, order === 'II') : undefined
}

const jpegSize = (view: Buffer): { width: number; height: number } | undefined => {
  let at = 2
  while (at + 9 < view.length && view[at] === 0xff) {
    const marker = view[at + 1] ?? 0
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { height: view.readUInt16BE(at + 5), width: view.readUInt16BE(at + 7) }
    at += 2 + view.readUInt16BE(at + 2)
  }
  return undefined
}

const webpSize = (view: Buffer): { width: number; height: number } | undefined => {
  const chunk = view.toString('latin1', 12, 16)
  if (chunk === 'VP8X') return { width: view.readUIntLE(24, 3) + 1, height: view.readUIntLE(27, 3) + 1 }
  if (chunk === 'VP8 ') return { width: view.readUInt16LE(26) & 0x3fff, height: view.readUInt16LE(28) & 0x3fff }
  if (chunk !== 'VP8L') return undefined
  const bits = view.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
}

const tiffSize = (view: Buffer, little: boolean): { width: number; height: number } | undefined => {
  const short = (at: number): number => (little ? view.readUInt16LE(at) : view.readUInt16BE(at))
  const long = (at: number): number => (little ? view.readUInt32LE(at) : view.readUInt32BE(at))
  const directory = long(4)
  if (directory + 2 > view.length) return undefined
  const count = short(directory)
  let width: number | undefined
  let height: number | undefined
  for (let index = 0; index < count; index += 1) {
    const at = directory + 2 + index * 12
    if (at + 12 > view.length) break
    const value = short(at + 2) === 3 ? short(at + 8) : long(at + 8)
    if (short(at) === 256) width = value
    if (short(at) === 257) height = value
  }
  return width === undefined || height === undefined ? undefined : { width, height }
}

const MAX_TIFF_PAGES = 10_000

/** Images in a TIFF file (a chain of directories); 0 for other files. */
export const tiffPages = (image: Uint8Array): number => {
  const view = Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  const order = view.toString('latin1', 0, 2)
  if (view.length < 8 || (order !== 'II' && order !== 'MM')) return 0
  const little = order === 'II'
  let pages = 0
  let at = little ? view.readUInt32LE(4) : view.readUInt32BE(4)
  while (at > 0 && at + 2 <= view.length && pages < MAX_TIFF_PAGES) {
    pages += 1
    const next = at + 2 + 12 * (little ? view.readUInt16LE(at) : view.readUInt16BE(at))
    if (next + 4 > view.length) break
    at = little ? view.readUInt32LE(next) : view.readUInt32BE(next)
  }
  return pages
}
