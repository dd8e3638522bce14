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
const MAGIC = 'EVINDEX3'
/** Length of the description, checksum of the file before it, `MAGIC`. */
const TRAILER = 16
/** Bytes between two pauses. */
const STEP = 1 << 20

/** The file is not what `writeSnapshot` has left: cut off, changed, or of another format. */
export class DamagedSnapshotError extends Error {
  override readonly name = 'DamagedSnapshotError'
}

/**
 * Writes the arrays one after the other, then a description of the rest, a line of JSON for each part, then a checksum
 * (CRC-32) of all of it; pauses after each megabyte. What is written must not change meanwhile. Not yet synced when it is
 * done; where it is given up, or fails, no file is left.
 * @throws an error of the file system: a full disk
 */
export function* writeSnapshot(path: string, parts: Iterable<Snapshot>): Generator<void, void> {
  const file = openSync(path, 'w', 0o600)
  let isWhole = false
  try {
    const out = new Output(file)
    const lines: string[] = []
    for (const part of parts) {
      const arrays: Numbers[] = []
      let end = out.written
      const line = JSON.stringify(part, (_, value: unknown) => {
        if (!isNumbers(value)) return value
        const reference: Reference = { $array: [kindOf(value), end, value.length] }
        arrays.push(value)
        end += value.byteLength
        return reference
      })
      lines.push(line)
      for (const { buffer, byteOffset, byteLength } of arrays)
        yield* out.write(new Uint8Array(buffer, byteOffset, byteLength))
    }
    const text = Buffer.from(lines.join('\n'))
    yield* out.write(text)
    const trailer = Buffer.alloc(TRAILER)
    trailer.writeUInt32LE(text.length, 0)
    trailer.writeUInt32LE(out.checksum, 4)
    trailer.write(MAGIC, 8, 'latin1')
    yield* out.write(trailer)
    out.flush()
    isWhole = true
  } finally {
    closeSync(file)
    if (!isWhole) rmSync(path)
  }
}

/** Gathers what is written into megabytes. */
class Output {
  readonly #file: number
  readonly #waiting = Buffer.alloc(STEP)
  #size = 0
  /** Bytes, those that wait among them, and their CRC-32. */
  written = 0
  checksum = 0

  constructor(file: number) {
    this.#file = file
  }

  *write(bytes: Uint8Array): Generator<void, void> {
    for (let at = 0; at < bytes.byteLength;) {
      const part = bytes.subarray(at, at + STEP - this.#size)
      this.#waiting.set(part, this.#size)
      this.#size += part.length
      this.written += part.length
      this.checksum = crc32(part, this.checksum)
      at += part.length
      if (this.#size < STEP) continue
      this.flush()
      yield
    }
  }

  flush(): void {
    const size = this.#size
    this.#size = 0
    for (let done = 0; done < size;) done += writeSync(this.#file, this.#waiting, done, size - done)
  }
}

/**
 * The parts that were written, in arrays of their own.
 * @throws DamagedSnapshotError; an error of the file system where it cannot be read
 */
export function readSnapshot(path: string): Snapshot[] {
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
    const revive = (_: string, value: unknown): unknown => {
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
    }
    const parts: Snapshot[] = []
    try {
      for (const line of text.toString().split('\n')) parts.push(JSON.parse(line, revive) as Snapshot)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new DamagedSnapshotError('its description cannot be read', { cause: error })
    }
    if (at !== end || crc32(text, checksum) !== trailer.readUInt32LE(4))
      throw new DamagedSnapshotError('its checksum is wrong')
    return parts
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
