import type { ChunkId } from '../core/ids.ts'
import { Best, type Ranked } from './best.ts'
import { ChunkTable } from './chunk-table.ts'
import { grown } from './growing.ts'
import { DamagedVectorsError, type VectorFile } from './vector-file.ts'
import { MOST_ROWS, type CodeBlock, type CodedQuery, type Found, type VectorMemory } from './vector-memory.ts'

const FIRST_ROWS = 64

/** Rows `first` to `first + rows - 1`, one vector after the other. */
interface Block extends CodeBlock {
  readonly first: number
  /** Where they begin in the file. */
  readonly stored: number
}

export interface SavedVectors {
  readonly rows: number
  readonly chunk: Float64Array
  readonly ordinal: Int32Array
  readonly next: Int32Array
  readonly first: Int32Array
  readonly free: Int32Array
  readonly blocks: readonly { readonly stored: number; readonly codes: Uint8Array; readonly scales: Float32Array }[]
}

/** Rows with their approximate scores, best first. */
interface Near {
  readonly rows: readonly number[]
  readonly scores: readonly number[]
}

/**
 * The vectors of one owner's passages. A scan over seven bits a number finds those that can be the best, and their exact
 * cosines, for which the file is read, order them. Rows lie in blocks that double in size, so that growing copies
 * nothing; the row of a deleted passage is used again.
 */
export class OwnerVectors {
  readonly #dimension: number
  readonly #memory: VectorMemory
  readonly #file: VectorFile
  #blocks: Block[] = []
  #rows = 0
  /** By row: its passage, its document's ordinal (`GONE`: none), and the next row of the document. */
  #chunk = new Float64Array(0)
  #ordinal = new Int32Array(0)
  #next = new Int32Array(0)
  /** By ordinal. */
  #first = new Int32Array(0)
  #free: number[] = []
  /** What a scan gives, kept for the next one. */
  readonly #found = { rows: new Int32Array(0), scores: new Float64Array(0) }
  readonly #rowOf = new ChunkTable((row) => this.#chunk[row] as number)

  constructor(dimension: number, memory: VectorMemory, file: VectorFile) {
    this.#dimension = dimension
    this.#memory = memory
    this.#file = file
  }

  get count(): number {
    return this.#rowOf.size
  }

  /** Resident; the file holds four bytes a number besides. */
  get bytes(): number {
    const blocks = this.#blocks.reduce((sum, { codes, scales }) => sum + codes.byteLength + scales.byteLength, 0)
    const columns = [this.#chunk, this.#ordinal, this.#next, this.#first]
    return columns.reduce((sum, column) => sum + column.byteLength, blocks + this.#rowOf.bytes)
  }

  has(ordinal: number): boolean {
    return (this.#first[ordinal] ?? GONE) !== GONE
  }

  /** Of the document that the row of the chunk is of; undefined: it has none. */
  ordinalOf(chunk: number): number | undefined {
    const row = this.#rowOf.get(chunk)
    return row === GONE ? undefined : this.#ordinal[row]
  }

  /**
   * `vectors` holds one row a chunk, in order. Where the file cannot be written (a full disk) it throws, and nothing of
   * the document is there.
   */
  replaceDocument(ordinal: number, chunks: readonly ChunkId[], vectors: Float32Array): void {
    this.deleteDocument(ordinal)
    if (chunks.length === 0) return
    const rows: number[] = []
    const vectorOf = (i: number): Float32Array => vectors.subarray(i * this.#dimension, (i + 1) * this.#dimension)
    try {
      while (rows.length < chunks.length) rows.push(this.#freeRow())
      rows.forEach((row, i) => this.#file.write(this.#placeOf(row), vectorOf(i)))
    } catch (error) {
      for (const row of rows) this.#free.push(row)
      throw error
    }
    rows.forEach((row, i) => {
      const block = this.#blockAt(row)
      this.#memory.encode(vectorOf(i), block, row - block.first)
      this.#chunk[row] = chunks[i] as number
      this.#ordinal[row] = ordinal
      this.#next[row] = rows[i + 1] ?? GONE
      this.#rowOf.set(chunks[i] as number, row)
    })
    const known = this.#first.length
    this.#first = grown(this.#first, ordinal + 1)
    if (this.#first.length > known) this.#first.fill(GONE, known)
    this.#first[ordinal] = rows[0] as number
  }

  deleteDocument(ordinal: number): void {
    const rows: number[] = []
    for (let row = this.#first[ordinal] ?? GONE; row !== GONE; row = this.#next[row] as number) rows.push(row)
    if (rows.length === 0) return
    this.#first[ordinal] = GONE
    for (const row of rows) {
      const block = this.#blockAt(row)
      this.#memory.erase(block, row - block.first)
      this.#rowOf.delete(this.#chunk[row] as number)
      this.#ordinal[row] = GONE
    }
    // Last, since it may fail: nobody else gets a row that could not be erased.
    for (const row of rows) {
      this.#file.erase(this.#placeOf(row))
      this.#free.push(row)
    }
  }

  /**
   * @param documents 1 for each that may be found, by its ordinal; absent: all
   * @param only chunks of these documents, when no others may be found
   */
  search(documents: Uint8Array | undefined, query: Float32Array, limit: number, only?: Float64Array): Ranked {
    const rows = this.#searched(documents, only)
    const most = Math.min(limit, rows?.length ?? this.count)
    if (most <= 0) return new Best(0, 0).ranked()
    const asked = this.#memory.ask(query)
    const error = this.#memory.error(asked)
    // A query of zeros is as near to one row as to another.
    const near = this.#nearest(rows, asked, most, asked.unit === 0 ? Infinity : error / asked.unit)
    const best = new Best(most, near.rows.length)
    // Best first, and no further than where an approximate score, give or take its error, can still reach the worst.
    for (let at = 0; at < near.rows.length; at += EXACT_AT_A_TIME) {
      if ((near.scores[at] as number) * asked.unit + error < best.worst) break
      const some = near.rows.slice(at, at + EXACT_AT_A_TIME)
      const exact = this.#cosines(query, some)
      some.forEach((row, i) => {
        const cosine = exact[i] as number
        // The error is four standard deviations of what rounding does.
        if (!(Math.abs(cosine - (near.scores[at + i] as number) * asked.unit) <= WRONG * error))
          throw new DamagedVectorsError(`Row ${row} of the file of vectors is not the one that was scanned`)
        best.offer(cosine, this.#chunk[row] as number)
      })
    }
    return best.ranked()
  }

  /** @see VectorStore.neighbours */
  neighbours(documents: Uint8Array | undefined, chunks: Float64Array, count: number): Int32Array {
    const { places, rows } = this.#known(documents, chunks)
    const products = this.#file.productsAmong(rows.map((row) => this.#placeOf(row)))
    const nearest = new Int32Array(chunks.length * count).fill(-1)
    const cosines = new Float64Array(count)
    places.forEach((place, i) => {
      const own = nearest.subarray(place * count, (place + 1) * count)
      let size = 0
      // Ascending by place, so that of equal ones the first stays before the others.
      for (let j = 0; j < places.length; j++) {
        if (i === j) continue
        const cosine = products[i > j ? i * places.length + j : j * places.length + i] as number
        if (Number.isNaN(cosine) || (size === count && cosine <= (cosines[count - 1] as number))) continue
        let at = size < count ? size++ : count - 1
        for (; at > 0 && cosine > (cosines[at - 1] as number); at--) {
          cosines[at] = cosines[at - 1] as number
          own[at] = own[at - 1] as number
        }
        cosines[at] = cosine
        own[at] = places[j] as number
      }
    })
    return nearest
  }

  save(): SavedVectors {
    return {
      rows: this.#rows,
      chunk: this.#chunk.subarray(0, this.#rows),
      ordinal: this.#ordinal.subarray(0, this.#rows),
      next: this.#next.subarray(0, this.#rows),
      first: this.#first,
      free: Int32Array.from(this.#free),
      blocks: this.#blocks.map(({ stored, codes, scales }) => ({ stored, codes, scales })),
    }
  }

  /** Fills one that is empty; the file and its places are as they were. */
  restore({ rows, chunk, ordinal, next, first, free, blocks }: SavedVectors): void {
    this.#rows = rows
    this.#chunk = chunk as Float64Array<ArrayBuffer>
    this.#ordinal = ordinal as Int32Array<ArrayBuffer>
    this.#next = next as Int32Array<ArrayBuffer>
    this.#first = first as Int32Array<ArrayBuffer>
    this.#free = Array.from(free)
    let end = 0
    for (const { stored, codes, scales } of blocks) {
      const block = this.#memory.allocate(scales.length)
      block.codes.set(codes)
      block.scales.set(scales)
      this.#blocks.push({ ...block, first: end, stored })
      end += block.rows
    }
    for (let row = 0; row < rows; row++) if (ordinal[row] !== GONE) this.#rowOf.set(chunk[row] as number, row)
  }

  /** Rows of the file that it takes, or more: none of its own is there or beyond. */
  get storedEnd(): number {
    return this.#rows === 0
      ? 0
      : Math.max(...this.#blocks.map(({ stored, first, rows }) => stored + Math.min(rows, this.#rows - first)))
  }

  /** Releases what it holds of the memory and of the file. */
  close(): void {
    for (const block of this.#blocks.splice(0)) {
      this.#memory.free(block)
      this.#file.free(block.stored, block.rows)
    }
  }

  /** All rows whose approximate score is less than twice `margin` below that of the `most`th; best first. */
  #nearest(rows: Int32Array | undefined, asked: CodedQuery, most: number, margin: number): Near {
    const best = new Best(most, rows?.length ?? this.#rows)
    const found = this.#found
    let size = 0
    const take = ({ rows: near, scores: nearness, count }: Found, first: number): void => {
      found.rows = grown(found.rows, size + count)
      found.scores = grown(found.scores, size + count)
      for (let i = 0; i < count; i++) {
        const row = first + (near[2 * i] as number)
        const score = nearness[2 * i + 1] as number
        found.rows[size] = row
        found.scores[size++] = score
        if (score >= best.worst) best.offer(score, row)
      }
    }
    const threshold = (): number => best.worst - 2 * margin
    if (rows === undefined) {
      for (const block of this.#blocks) {
        const used = Math.min(block.rows, this.#rows - block.first)
        take(this.#memory.scan(block, used, asked, threshold()), block.first)
      }
    } else {
      for (let at = 0; at < rows.length;) {
        const block = this.#blockAt(rows[at] as number)
        const begin = at
        while (at < rows.length && (rows[at] as number) < block.first + block.rows) at++
        const inside = rows.subarray(begin, at).map((row) => row - block.first)
        take(this.#memory.gather(block, inside, asked, threshold()), block.first)
      }
    }
    const least = threshold()
    const { scores } = found
    const order: number[] = []
    for (let i = 0; i < size; i++) if ((scores[i] as number) >= least) order.push(i)
    order.sort((a, b) => (scores[b] as number) - (scores[a] as number))
    return { rows: order.map((i) => found.rows[i] as number), scores: order.map((i) => scores[i] as number) }
  }

  score(documents: Uint8Array | undefined, query: Float32Array, chunks: Float64Array): Float64Array<ArrayBuffer> {
    const { places, rows } = this.#known(documents, chunks)
    const scores = new Float64Array(chunks.length).fill(Number.NaN)
    this.#cosines(query, rows).forEach((cosine, i) => {
      scores[places[i] as number] = cosine
    })
    return scores
  }

  /** Those of the chunks that have a row in the scope, by their places among the chunks. */
  #known(documents: Uint8Array | undefined, chunks: Float64Array): { places: number[]; rows: number[] } {
    const places: number[] = []
    const rows: number[] = []
    chunks.forEach((chunk, place) => {
      const row = this.#rowOf.get(chunk)
      if (row === GONE || (documents !== undefined && documents[this.#ordinal[row] as number] !== 1)) return
      places.push(place)
      rows.push(row)
    })
    return { places, rows }
  }

  /** Ascending; undefined: all. */
  #searched(documents: Uint8Array | undefined, only: Float64Array | undefined): Int32Array | undefined {
    if (only !== undefined) {
      return Int32Array.from(only, (chunk) => this.#rowOf.get(chunk))
        .filter((row) => row !== GONE)
        .sort()
    }
    if (documents === undefined) return undefined
    const rows = new Int32Array(this.#rows)
    let size = 0
    for (let row = 0; row < this.#rows; row++) {
      const ordinal = this.#ordinal[row] as number
      if (ordinal !== GONE && documents[ordinal] === 1) rows[size++] = row
    }
    return rows.subarray(0, size)
  }

  #cosines(query: Float32Array, rows: readonly number[]): Float64Array {
    return this.#file.products(
      query,
      rows.map((row) => this.#placeOf(row)),
    )
  }

  #freeRow(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const row = this.#rows
    const last = this.#blocks.at(-1)
    if (last === undefined || row === last.first + last.rows) {
      const rows = last === undefined ? FIRST_ROWS : Math.min(MOST_ROWS, last.rows * 2)
      this.#blocks.push({ ...this.#memory.allocate(rows), first: row, stored: this.#file.allocate(rows) })
    }
    this.#chunk = grown(this.#chunk, row + 1)
    this.#next = grown(this.#next, row + 1)
    this.#ordinal = grown(this.#ordinal, row + 1)
    this.#ordinal[row] = GONE
    this.#rows = row + 1
    return row
  }

  #blockAt(row: number): Block {
    return this.#blocks[blockOf(row)] as Block
  }

  /** Of a row, in the file. */
  #placeOf(row: number): number {
    const { stored, first } = this.#blockAt(row)
    return stored + row - first
  }
}

/** Blocks of 64, 128, ... 4096 rows, then all of 4096: the first row of block k is 64 * (2^k - 1) while they double. */
function blockOf(row: number): number {
  const doubling = Math.log2(MOST_ROWS / FIRST_ROWS)
  const firstFull = FIRST_ROWS * (2 ** doubling - 1)
  if (row < firstFull) return 31 - Math.clz32(row / FIRST_ROWS + 1)
  return doubling + Math.floor((row - firstFull) / MOST_ROWS)
}

/** No document, no row. */
const GONE = -1
const EXACT_AT_A_TIME = 32
/** So many times the error: what no rounding explains. */
const WRONG = 4
