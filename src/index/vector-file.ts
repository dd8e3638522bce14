import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { grown } from './growing.ts'
import { instantiate } from './kernels.ts'

/** Rows that are read at a time, and the most that can be compared with each other. */
export const MOST_TOGETHER = 128

/** Of rows in memory that were read before. */
export const CACHE_BYTES = 8 << 20
const PAGE = 65_536
/** The kernel takes so many numbers at a time; zeros fill a row up. */
const STEP = 16
const FLOAT = Float32Array.BYTES_PER_ELEMENT

/** @see scripts/vector-kernel.ts */
interface Kernel {
  products(query: number, list: number, count: number, dimension: number, out: number): void
}

/**
 * Vectors as they were given, in a file: a search reads the few whose exact products it wants, 2 to 3 microseconds a row
 * from the system's cache. Where what is kept besides (`save`) was kept too, the file is used again by the next process;
 * what was written after that is then in places that are free, or that are written anew.
 */
export class VectorFile {
  readonly #file: number
  readonly #dimension: number
  /** Numbers from the beginning of one row in memory to that of the next. */
  readonly #stride: number
  readonly #kernel: Kernel
  readonly #query: Float32Array
  readonly #products: Float32Array
  /** Where the rows at hand begin in the kernel's memory. */
  readonly #list: Uint32Array
  /** Those of the rows at hand whose place in the cache another of them has. */
  readonly #beside: Float32Array
  /** Of the kernel's memory. */
  readonly #bytes: Uint8Array
  /**
   * Rows that were read, each in the one place that it may be in (a direct-mapped cache): a question reads some of its
   * candidates twice, and small collections stay here as a whole. Pages that are never used take no memory.
   */
  readonly #cached: Int32Array
  readonly #cache: Float32Array
  /** By place in the cache: the last time that its row was one of those at hand. */
  readonly #usedAt: Float64Array
  #time = 0
  /** CRC-32 of each row. */
  #sums = new Uint32Array(0)
  /** 1 for a row that an earlier process wrote, until it was read once and found to be as it was. */
  #unchecked = new Uint8Array(0)
  /** First rows of stretches that were given back, by their length. */
  readonly #free = new Map<number, number[]>()
  #end = 0

  /** @throws an error of the file system where the file cannot be made */
  constructor(dimension: number, path: string) {
    this.#dimension = dimension
    this.#stride = Math.ceil(dimension / STEP) * STEP
    const cached = Math.floor(CACHE_BYTES / (this.#stride * FLOAT))
    this.#cached = new Int32Array(cached).fill(NO_ROW)
    this.#usedAt = new Float64Array(cached)
    const floats = this.#stride + 2 * MOST_TOGETHER + (MOST_TOGETHER + cached) * this.#stride
    const memory = new WebAssembly.Memory({ initial: Math.ceil((floats * FLOAT) / PAGE), maximum: 65_536 })
    this.#kernel = instantiate('exact', memory) as unknown as Kernel
    const { buffer } = memory
    this.#query = new Float32Array(buffer, 0, this.#stride)
    this.#products = new Float32Array(buffer, this.#stride * FLOAT, MOST_TOGETHER)
    this.#list = new Uint32Array(buffer, (this.#stride + MOST_TOGETHER) * FLOAT, MOST_TOGETHER)
    const rowsAt = (this.#stride + 2 * MOST_TOGETHER) * FLOAT
    this.#beside = new Float32Array(buffer, rowsAt, MOST_TOGETHER * this.#stride)
    this.#cache = new Float32Array(buffer, rowsAt + this.#beside.byteLength, cached * this.#stride)
    this.#bytes = new Uint8Array(buffer)
    makeFolder(dirname(path))
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  }

  /** Begins anew: nothing of what the file holds is known. */
  clear(): void {
    ftruncateSync(this.#file)
    this.#cached.fill(NO_ROW)
    this.#sums = new Uint32Array(0)
    this.#unchecked = new Uint8Array(0)
    this.#free.clear()
    this.#end = 0
  }

  /** Resident, but for the rows that are read again. */
  get bytes(): number {
    return this.#sums.byteLength + this.#unchecked.byteLength
  }

  save(): SavedVectorFile {
    return { end: this.#end, free: [...this.#free], sums: this.#sums.subarray(0, this.#end) }
  }

  /** @throws RangeError where the file does not hold the first `rows` rows */
  restore({ end, free, sums }: SavedVectorFile, rows: number): void {
    const { size } = fstatSync(this.#file)
    if (size < rows * this.#rowBytes) throw new RangeError(`The file of vectors is too short: ${size} bytes`)
    this.#end = end
    this.#sums = sums as Uint32Array<ArrayBuffer>
    this.#unchecked = new Uint8Array(sums.length).fill(1)
    this.#free.clear()
    for (const [length, firsts] of free) this.#free.set(length, [...firsts])
  }

  /** Room for `rows` rows; gives the first. Each is to be written before it is read. */
  allocate(rows: number): number {
    const known = this.#free.get(rows)?.pop()
    if (known !== undefined) return known
    const first = this.#end
    this.#end += rows
    return first
  }

  /** Gives back what `allocate` gave, when all that was written there is erased. */
  free(first: number, rows: number): void {
    const known = this.#free.get(rows)
    if (known === undefined) this.#free.set(rows, [first])
    else known.push(first)
  }

  /** `vectors` holds whole rows, which are put from row `first` on. Throws as the file system does: a full disk. */
  write(first: number, vectors: Float32Array): void {
    const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength)
    const rows = vectors.length / this.#dimension
    this.#sums = grown(this.#sums, first + rows)
    this.#unchecked = grown(this.#unchecked, first + rows)
    for (let i = 0; i < rows; i++) {
      const row = first + i
      const slot = row % this.#cached.length
      if (this.#cached[slot] === row) this.#cached[slot] = NO_ROW
      this.#sums[row] = crc32(bytes.subarray(i * this.#rowBytes, (i + 1) * this.#rowBytes))
      this.#unchecked[row] = 0
    }
    let written = 0
    while (written < bytes.byteLength) {
      const position = first * this.#rowBytes + written
      written += writeSync(this.#file, bytes, written, bytes.byteLength - written, position)
    }
  }

  erase(row: number): void {
    this.write(row, new Float32Array(this.#dimension))
  }

  /** The product of the query with each of the rows, in 32-bit floats. */
  products(query: Float32Array, rows: ArrayLike<number>): Float64Array<ArrayBuffer> {
    this.#query.set(query)
    const products = new Float64Array(rows.length)
    for (let at = 0; at < rows.length; at += MOST_TOGETHER) {
      const count = Math.min(MOST_TOGETHER, rows.length - at)
      this.#read(rows, at, count)
      this.#multiply(this.#query.byteOffset, count)
      for (let i = 0; i < count; i++) products[at + i] = this.#products[i] as number
    }
    return products
  }

  /** The product of each row with each one before it: that of the rows `i` and `j < i` at `i * rows.length + j`. */
  productsAmong(rows: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const { length } = rows
    if (length > MOST_TOGETHER) throw new RangeError(`At most ${MOST_TOGETHER} rows are compared: ${length}`)
    this.#read(rows, 0, length)
    const products = new Float32Array(length * length)
    for (let i = 1; i < length; i++) {
      this.#multiply(this.#list[i] as number, i)
      for (let j = 0; j < i; j++) products[i * length + j] = this.#products[j] as number
    }
    return products
  }

  close(): void {
    closeSync(this.#file)
  }

  get #rowBytes(): number {
    return this.#dimension * FLOAT
  }

  /** Of the vector at `at` in the kernel's memory with the first `count` of the rows at hand, into `#products`. */
  #multiply(at: number, count: number): void {
    this.#kernel.products(at, this.#list.byteOffset, count, this.#stride, this.#products.byteOffset)
  }

  /** Takes in hand `count` rows, `MOST_TOGETHER` at most, from the one at `from` on: `#list` says where each is. */
  #read(rows: ArrayLike<number>, from: number, count: number): void {
    const time = ++this.#time
    const rowBytes = this.#stride * FLOAT
    let beside = 0
    for (let i = 0; i < count; i++) {
      const row = rows[from + i] as number
      const slot = row % this.#cached.length
      let at = this.#cache.byteOffset + slot * rowBytes
      if (this.#cached[slot] === row) this.#usedAt[slot] = time
      else if (this.#usedAt[slot] === time) {
        at = this.#beside.byteOffset + beside++ * rowBytes
        this.#fetch(row, at)
      } else {
        this.#cached[slot] = NO_ROW
        this.#fetch(row, at)
        this.#cached[slot] = row
        this.#usedAt[slot] = time
      }
      this.#list[i] = at
    }
  }

  /** Reads a row from the file to `at` in the kernel's memory. */
  #fetch(row: number, at: number): void {
    const bytes = this.#rowBytes
    const read = readSync(this.#file, this.#bytes, at, bytes, row * bytes)
    if (read !== bytes) throw new DamagedVectorsError(`The file of vectors ends within row ${row}`)
    if (this.#unchecked[row] === 1) this.#check(row, at)
  }

  #check(row: number, at: number): void {
    if (crc32(this.#bytes.subarray(at, at + this.#rowBytes)) !== this.#sums[row])
      throw new DamagedVectorsError(`Row ${row} of the file of vectors has changed`)
    this.#unchecked[row] = 0
  }
}

const NO_ROW = -1

/** The file of vectors is not what the index wrote. */
export class DamagedVectorsError extends Error {
  override readonly name = 'DamagedVectorsError'
}

export interface SavedVectorFile {
  readonly end: number
  /** First rows of free stretches, by their length. */
  readonly sums: Uint32Array
  readonly free: readonly (readonly [length: number, firsts: readonly number[]])[]
}

/** Not with what is above it: a store that has just been removed stays removed. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}
