import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

/** Plain data whose leaves may be arrays of numbers, which are written as they lie in memory (little-endian). */
export type Snapshot = { readonly [key: string]: unknown }

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array

const KINDS = { Float64Array, Float32Array, Int32Array, Uint32Array, Uint16Array, Uint8Array }

/** In the place of an array: what it is, where its bytes begin, and how many numbers it has. */
interface Reference {
  readonly $array: readonly [kind: keyof typeof KINDS, at: number, length: number]
}

/** Changes with what is in the file and how. */
const MAGIC = 'EVINDEX2'
/** Length of the description, checksum of the file before it, `MAGIC`. */
const TRAILER = 16
/** Bytes between two pauses. */
const STEP = 1 << 20

/** The file is not what `writeSnapshot` has left: cut off, changed, or of another format. */
export class DamagedSnapshotError extends Error {
  override readonly name = 'DamagedSnapshotError'
}

/**
 * Writes the arrays one after the other, then a description of the rest as JSON, then a checksum (CRC-32) of all of it;
 * pauses after each megabyte. What is written must not change meanwhile. Not yet synced when it is done.
 * @throws an error of the file system: a full disk
 */
export function* writeSnapshot(path: string, snapshot: Snapshot): Generator<void, void> {
  const file = openSync(path, 'w', 0o600)
  let isWhole = false
  try {
    const arrays: Numbers[] = []
    let end = 0
    const description = JSON.stringify(snapshot, (_, value: unknown) => {
      if (!isNumbers(value)) return value
      const reference: Reference = { $array: [kindOf(value), end, value.length] }
      arrays.push(value)
      end += value.byteLength
      return reference
    })
    let checksum = 0
    for (const { buffer, byteOffset, byteLength } of arrays) {
      for (let at = 0; at < byteLength; at += STEP) {
        const part = new Uint8Array(buffer, byteOffset + at, Math.min(STEP, byteLength - at))
        checksum = crc32(part, checksum)
        writeAll(file, part)
        if (byteLength > STEP) yield
      }
    }
    const text = Buffer.from(description)
    const trailer = Buffer.alloc(TRAILER)
    trailer.writeUInt32LE(text.length, 0)
    trailer.writeUInt32LE(crc32(text, checksum), 4)
    trailer.write(MAGIC, 8, 'latin1')
    writeAll(file, text)
    writeAll(file, trailer)
    isWhole = true
  } finally {
    closeSync(file)
    if (!isWhole) rmSync(path)
  }
}

/**
 * What was written, in arrays of its own.
 * @throws DamagedSnapshotError; an error of the file system where it cannot be read
 */
export function readSnapshot(path: string): Snapshot {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size < TRAILER) throw new DamagedSnapshotError('it is too short')
    const trailer = readAt(file, size - TRAILER, Buffer.alloc(TRAILER))
    if (trailer.toString('latin1', 8) !== MAGIC) throw new DamagedSnapshotError('it ends early or has another format')
    const length = trailer.readUInt32LE(0)
    const end = size - TRAILER - length
    if (end < 0) throw new DamagedSnapshotError('its description is longer than the file')
    const text = readAt(file, end, Buffer.alloc(length))

    let checksum = 0
    let at = 0
    let description: Snapshot
    try {
      description = JSON.parse(text.toString(), (_, value: unknown) => {
        if (!isReference(value)) return value
        const [kind, start, count] = value.$array
        const Kind = KINDS[kind] as (typeof KINDS)[typeof kind] | undefined
        // In the order of the file, and no more of it than there is.
        if (Kind === undefined || start !== at || !(count >= 0 && start + count * Kind.BYTES_PER_ELEMENT <= end))
          throw new DamagedSnapshotError('it is garbled')
        const array = readAt(file, start, new Kind(count))
        at += array.byteLength
        checksum = crc32(new Uint8Array(array.buffer), checksum)
        return array
      }) as Snapshot
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new DamagedSnapshotError('its description cannot be read', { cause: error })
    }
    if (at !== end || crc32(text, checksum) !== trailer.readUInt32LE(4))
      throw new DamagedSnapshotError('its checksum is wrong')
    return description
  } finally {
    closeSync(file)
  }
}

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView)

/** Not the constructor's name: a Buffer is an array of bytes, too. */
const kindOf = (array: Numbers): keyof typeof KINDS => array[Symbol.toStringTag]

const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && '$array' in value && Object.keys(value).length === 1

function readAt<T extends NodeJS.ArrayBufferView>(file: number, position: number, into: T): T {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
  for (let done = 0; done < bytes.byteLength;) {
    const read = readSync(file, bytes, done, bytes.byteLength - done, position + done)
    if (read === 0) throw new DamagedSnapshotError('it ends early')
    done += read
  }
  return into
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += writeSync(file, bytes, done, bytes.byteLength - done)
}
