import type { ChunkId, DocumentId } from '../core/ids.ts'
import { Best, type Ranked } from './best.ts'
import { grown } from './growing.ts'

const FIRST_ROWS = 64
const MOST_ROWS = 4096

/** Rows `first` to `first + rows - 1`, one vector after the other. */
interface Block {
  readonly first: number
  readonly rows: number
  readonly values: Float32Array
}

/**
 * The vectors of one owner's passages, searched exactly by reading all of them. Rows lie in blocks that double in
 * size, so that growing copies nothing; the row of a deleted passage is used again.
 */
export class OwnerVectors {
  readonly #dimension: number
  #blocks: Block[] = []
  #rows = 0
  #chunk = new Float64Array(0)
  #alive = new Uint8Array(0)
  #free: number[] = []
  #documents = new Map<DocumentId, Int32Array>()
  #rowOf = new Map<number, number>()

  constructor(dimension: number) {
    this.#dimension = dimension
  }

  get count(): number {
    return this.#rowOf.size
  }

  get bytes(): number {
    const blocks = this.#blocks.reduce((sum, block) => sum + block.values.byteLength, 0)
    return blocks + this.#chunk.byteLength + this.#alive.byteLength + this.#rowOf.size * BYTES_PER_ROW_ENTRY
  }

  /** `vectors` holds one row a chunk, in order. */
  replaceDocument(document: DocumentId, chunks: readonly ChunkId[], vectors: Float32Array): void {
    this.deleteDocument(document)
    if (chunks.length === 0) return
    const rows = Int32Array.from(chunks, (chunk, i) => {
      const row = this.#freeRow()
      const { block, offset } = this.#locate(row)
      block.values.set(vectors.subarray(i * this.#dimension, (i + 1) * this.#dimension), offset)
      this.#chunk[row] = chunk
      this.#alive[row] = 1
      this.#rowOf.set(chunk, row)
      return row
    })
    this.#documents.set(document, rows)
  }

  deleteDocument(document: DocumentId): void {
    const rows = this.#documents.get(document)
    if (rows === undefined) return
    this.#documents.delete(document)
    for (const row of rows) {
      this.#alive[row] = 0
      this.#rowOf.delete(this.#chunk[row] as number)
      this.#free.push(row)
    }
  }

  search(documents: readonly DocumentId[] | undefined, query: Float32Array, limit: number): Ranked {
    if (documents !== undefined) return this.#searchDocuments(documents, query, limit)
    const best = new Best(limit, this.count)
    for (const { first, rows, values } of this.#blocks) {
      const end = Math.min(rows, this.#rows - first)
      for (let i = 0; i < end; i++) {
        if (this.#alive[first + i] === 0) continue
        best.offer(dot(query, values, i * this.#dimension), this.#chunk[first + i] as number)
      }
    }
    return best.ranked()
  }

  score(
    documents: readonly DocumentId[] | undefined,
    query: Float32Array,
    chunks: Float64Array,
  ): Float64Array<ArrayBuffer> {
    const allowed = documents === undefined ? undefined : new Set(this.#rowsOf(documents))
    return Float64Array.from(chunks, (chunk) => {
      const row = this.#rowOf.get(chunk)
      if (row === undefined || allowed?.has(row) === false) return Number.NaN
      return this.#cosine(query, row)
    })
  }

  #searchDocuments(documents: readonly DocumentId[], query: Float32Array, limit: number): Ranked {
    const best = new Best(limit, this.count)
    for (const row of this.#rowsOf(documents)) best.offer(this.#cosine(query, row), this.#chunk[row] as number)
    return best.ranked()
  }

  *#rowsOf(documents: readonly DocumentId[]): Generator<number> {
    for (const document of new Set(documents)) yield* this.#documents.get(document) ?? []
  }

  #cosine(query: Float32Array, row: number): number {
    const { block, offset } = this.#locate(row)
    return dot(query, block.values, offset)
  }

  #freeRow(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const row = this.#rows++
    const last = this.#blocks.at(-1)
    if (last === undefined || row === last.first + last.rows) {
      const rows = last === undefined ? FIRST_ROWS : Math.min(MOST_ROWS, last.rows * 2)
      this.#blocks.push({ first: row, rows, values: new Float32Array(rows * this.#dimension) })
    }
    this.#chunk = grown(this.#chunk, this.#rows)
    this.#alive = grown(this.#alive, this.#rows)
    return row
  }

  #locate(row: number): { block: Block; offset: number } {
    const block = this.#blocks[blockOf(row)] as Block
    return { block, offset: (row - block.first) * this.#dimension }
  }
}

/** Blocks of 64, 128, ... 4096 rows, then all of 4096: the first row of block k is 64 * (2^k - 1) while they double. */
function blockOf(row: number): number {
  const doubling = Math.log2(MOST_ROWS / FIRST_ROWS)
  const firstFull = FIRST_ROWS * (2 ** doubling - 1)
  if (row < firstFull) return 31 - Math.clz32(row / FIRST_ROWS + 1)
  return doubling + Math.floor((row - firstFull) / MOST_ROWS)
}

/** Four sums side by side, because each addition would otherwise wait for the one before it. */
function dot(query: Float32Array, values: Float32Array, offset: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  const whole = query.length & ~3
  let i = 0
  for (let at = offset; i < whole; i += 4, at += 4) {
    a += (query[i] as number) * (values[at] as number)
    b += (query[i + 1] as number) * (values[at + 1] as number)
    c += (query[i + 2] as number) * (values[at + 2] as number)
    d += (query[i + 3] as number) * (values[at + 3] as number)
  }
  for (; i < query.length; i++) a += (query[i] as number) * (values[offset + i] as number)
  return a + b + (c + d)
}

const BYTES_PER_ROW_ENTRY = 64
