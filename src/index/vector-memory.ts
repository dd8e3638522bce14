import { fastestScan, instantiate } from './kernels.ts'

/** The most rows of one block, and of one call of the kernel. */
export const MOST_ROWS = 4096

const PAGE = 65_536
/** As in the kernel's text: four GiB, ten million rows of 384 numbers. */
const MOST_PAGES = 65_536
/** Bytes that the blocks can take, all together. */
export const MOST_BYTES = (MOST_PAGES - 16) * PAGE
/** The kernel reads rows in steps of so many bytes. */
const STEP = 16
/** What stands for 0 in a row: its numbers are 0 to 127, since the instruction wants seven bits. */
const MIDDLE = 64
const LARGEST = 63
const LARGEST_OF_QUERY = 127

/** @see scripts/vector-kernel.ts */
interface Kernel {
  scan(
    rows: number,
    scales: number,
    number: number,
    query: number,
    dimension: number,
    shift: number,
    threshold: number,
    out: number,
  ): number
  gather(
    rows: number,
    scales: number,
    list: number,
    number: number,
    query: number,
    dimension: number,
    shift: number,
    threshold: number,
    out: number,
  ): number
}

/** Rows that lie one after the other. */
export interface CodeBlock {
  readonly rows: number
  /** Where its rows and their scales begin, in bytes. */
  readonly at: number
  readonly scalesAt: number
  readonly codes: Uint8Array
  /** NaN: nothing may be found there. */
  readonly scales: Float32Array
}

export interface SavedVectorMemory {
  readonly largestScale: number
  readonly largestNorm: number
}

/** A query as the kernel reads it. Approximate scores are cosines divided by `unit`. */
export interface CodedQuery {
  readonly shift: number
  readonly unit: number
  /** Its length. */
  readonly norm: number
}

/** `count` rows with their approximate scores, as the last call of the kernel left them: in no order. */
export interface Found {
  readonly rows: Uint32Array
  readonly scores: Float32Array
  readonly count: number
}

/**
 * Vectors in seven bits a number, with a scale a row, in memory that WebAssembly scans at the speed at which it can be
 * read. It grows without copying, and what is freed is used again.
 */
export class VectorMemory {
  readonly build: 'relaxed' | 'plain'
  readonly #dimension: number
  /** Numbers of a row with those that only fill it up. */
  readonly #padded: number
  readonly #memory: WebAssembly.Memory
  readonly #kernel: Kernel
  readonly #query: Int8Array | Int16Array
  readonly #list: Uint32Array
  readonly #outRows: Uint32Array
  readonly #outScores: Float32Array
  readonly #free = new Map<number, number[]>()
  #end: number
  #largestScale = 0
  #largestNorm = 0
  #used = 0

  /** @param build another than the fastest one that runs here, for tests */
  constructor(dimension: number, build: 'relaxed' | 'plain' = fastestScan()) {
    this.build = build
    this.#dimension = dimension
    this.#padded = Math.ceil(dimension / STEP) * STEP
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true })
    this.#kernel = instantiate(build, this.#memory) as unknown as Kernel

    // The query, the numbers of rows that are wanted, and what was found, before the first block.
    const listAt = 2 * this.#padded
    const outAt = listAt + 4 * MOST_ROWS
    this.#end = outAt + 8 * MOST_ROWS
    this.#reserve(this.#end)
    const { buffer } = this.#memory
    this.#query = build === 'plain' ? new Int16Array(buffer, 0, this.#padded) : new Int8Array(buffer, 0, this.#padded)
    this.#list = new Uint32Array(buffer, listAt, MOST_ROWS)
    this.#outRows = new Uint32Array(buffer, outAt, 2 * MOST_ROWS)
    this.#outScores = new Float32Array(buffer, outAt, 2 * MOST_ROWS)
  }

  /** Bytes that blocks take, those of freed ones not counted. */
  get bytes(): number {
    return this.#used
  }

  /**
   * Four times the standard deviation of the error of an approximate product: each number of either vector is off by up
   * to half a step, those of the one weighed by the numbers of the other. Of the rows the longest step and length count.
   */
  error({ unit, norm }: CodedQuery): number {
    return 4 * Math.hypot(norm * this.#largestScale, this.#largestNorm * unit) * ROUNDING
  }

  save(): SavedVectorMemory {
    return { largestScale: this.#largestScale, largestNorm: this.#largestNorm }
  }

  /** What the rows that are put back had when they were encoded. */
  restore({ largestScale, largestNorm }: SavedVectorMemory): void {
    this.#largestScale = largestScale
    this.#largestNorm = largestNorm
  }

  allocate(rows: number): CodeBlock {
    const bytes = this.#bytesOf(rows)
    const at = this.#free.get(bytes)?.pop() ?? this.#append(bytes)
    this.#used += bytes
    const scalesAt = at + rows * this.#padded
    const { buffer } = this.#memory
    const block: CodeBlock = {
      rows,
      at,
      scalesAt,
      codes: new Uint8Array(buffer, at, rows * this.#padded),
      scales: new Float32Array(buffer, scalesAt, rows),
    }
    block.scales.fill(Number.NaN)
    return block
  }

  /** What it held is gone from memory, too. */
  free(block: CodeBlock): void {
    const bytes = this.#bytesOf(block.rows)
    block.codes.fill(0)
    block.scales.fill(Number.NaN)
    const known = this.#free.get(bytes)
    if (known === undefined) this.#free.set(bytes, [block.at])
    else known.push(block.at)
    this.#used -= bytes
  }

  /** Stores a vector of `dimension` numbers as row `row` of a block. */
  encode(vector: Float32Array, { codes, scales }: CodeBlock, row: number): void {
    const most = largest(vector)
    const factor = most === 0 ? 0 : LARGEST / most
    const at = row * this.#padded
    for (let i = 0; i < vector.length; i++) codes[at + i] = MIDDLE + Math.round((vector[i] as number) * factor)
    // What fills a row up meets zeros of the query.
    codes.fill(MIDDLE, at + vector.length, at + this.#padded)
    scales[row] = most / LARGEST
    this.#largestScale = Math.max(this.#largestScale, Number.isNaN(most) ? 0 : most / LARGEST)
    this.#largestNorm = Math.max(this.#largestNorm, Number.isNaN(most) ? 0 : lengthOf(vector))
  }

  erase({ codes, scales }: CodeBlock, row: number): void {
    codes.fill(0, row * this.#padded, (row + 1) * this.#padded)
    scales[row] = Number.NaN
  }

  /** Sets the query of the calls that follow. */
  ask(vector: Float32Array): CodedQuery {
    if (vector.length !== this.#dimension) throw new RangeError(`Not ${this.#dimension} numbers: ${vector.length}`)
    const most = largest(vector)
    const factor = most === 0 ? 0 : LARGEST_OF_QUERY / most
    let sum = 0
    for (let i = 0; i < vector.length; i++) {
      const code = Math.round((vector[i] as number) * factor)
      this.#query[i] = code
      sum += code
    }
    return { shift: MIDDLE * sum, unit: most / LARGEST_OF_QUERY, norm: lengthOf(vector) }
  }

  /** Those of the first `rows` rows of a block whose approximate score is above the threshold. */
  scan({ at, scalesAt }: CodeBlock, rows: number, { shift }: CodedQuery, threshold: number): Found {
    const out = this.#outRows.byteOffset
    const count = this.#kernel.scan(at, scalesAt, rows, 0, this.#padded, shift, threshold, out)
    return { rows: this.#outRows, scores: this.#outScores, count }
  }

  /** The same of the rows that are named, `MOST_ROWS` at most. */
  gather({ at, scalesAt }: CodeBlock, rows: ArrayLike<number>, { shift }: CodedQuery, threshold: number): Found {
    this.#list.set(rows)
    const { byteOffset: list } = this.#list
    const out = this.#outRows.byteOffset
    const count = this.#kernel.gather(at, scalesAt, list, rows.length, 0, this.#padded, shift, threshold, out)
    return { rows: this.#outRows, scores: this.#outScores, count }
  }

  #bytesOf(rows: number): number {
    return Math.ceil((rows * (this.#padded + 4)) / STEP) * STEP
  }

  #append(bytes: number): number {
    const at = this.#end
    this.#reserve(at + bytes)
    this.#end = at + bytes
    return at
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE))
  }
}

/** Standard deviation of what rounding to whole numbers takes away. */
const ROUNDING = Math.sqrt(1 / 12)

function lengthOf(vector: Float32Array): number {
  let squares = 0
  for (const value of vector) squares += value * value
  return Math.sqrt(squares)
}

function largest(vector: Float32Array): number {
  let most = 0
  for (const value of vector) most = Math.max(most, Math.abs(value))
  return most
}
