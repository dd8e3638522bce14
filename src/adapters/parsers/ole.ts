/** Compound file binary format ([MS-CFB]): just enough to list what a file holds. */

const FREE_FROM = 0xfffffffa

/** Names of the streams and storages, or undefined where the structure is broken. */
export const oleEntryNames = (bytes: Uint8Array): readonly string[] | undefined => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 1_536) return undefined
  const shift = view.readUInt16LE(30)
  if (shift !== 9 && shift !== 12) return undefined
  const size = 1 << shift
  const table = allocationTable(view, size)
  const names: string[] = []
  const visited = new Set<number>()
  let sector = view.readUInt32LE(48)
  while (sector < FREE_FROM && !visited.has(sector)) {
    visited.add(sector)
    const start = (sector + 1) * size
    if (start + size > view.length) break
    for (let at = start; at < start + size; at += 128) {
      const length = view.readUInt16LE(at + 64)
      if (length >= 2 && length <= 64) names.push(view.toString('utf16le', at, at + length - 2))
    }
    sector = table[sector] ?? FREE_FROM
  }
  return names.length === 0 ? undefined : names
}

/** The first 109 sectors of the table are named in the header, which covers files of 7 MB; the rest are chained. */
const allocationTable = (view: Buffer, size: number): readonly number[] => {
  const table: number[] = []
  const append = (sector: number): void => {
    const start = (sector + 1) * size
    if (start + size > view.length) return
    for (let at = start; at < start + size; at += 4) table.push(view.readUInt32LE(at))
  }
  for (let at = 76; at < 512; at += 4) {
    const sector = view.readUInt32LE(at)
    if (sector < FREE_FROM) append(sector)
  }
  const visited = new Set<number>()
  let chain = view.readUInt32LE(68)
  while (chain < FREE_FROM && !visited.has(chain)) {
    visited.add(chain)
    const start = (chain + 1) * size
    if (start + size > view.length) break
    for (let at = start; at < start + size - 4; at += 4) {
      const sector = view.readUInt32LE(at)
      if (sector < FREE_FROM) append(sector)
    }
    chain = view.readUInt32LE(start + size - 4)
  }
  return table
}
