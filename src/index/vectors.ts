import type { ChunkId, DocumentId } from '../core/ids.ts'
import { Best, type Ranked } from './best.ts'
import { grown } from './growing.ts'
import { MOST_ROWS, type CodeBlock, type CodedQuery, type Found, type VectorMemory } from './vector-memory.ts'

const FIRST_ROWS = 64

/** Rows `first` to `first + rows - 1`, one vector after the other. */
interface Block extends CodeBlock {
  readonly first: number
  readonly values: Float32Array
}

/**
 * The vectors of one owner's passages. A scan over seven bits a number finds those that can be the best, and their exact
 * cosines order them. Rows lie in blocks that double in size, so that growing copies nothing; the row of a deleted
 * passage is used again.
 */
export class OwnerVectors {
  readonly #dimension: number
  readonly #memory: VectorMemory
  #blocks: Block[] = []
  #rows = 0
  #chunk = new Float64Array(0)
  #free: number[] = []
  #documents = new Map<DocumentId, Int32Array>()
  #rowOf = new Map<number, number>()

  constructor(dimension: number, memory: VectorMemory) {
    this.#dimension = dimension
    this.#memory = memory
  }

  get count(): number {
    return this.#rowOf.size
  }

  get bytes(): number {
    const blocks = this.#blocks.reduce(
      (sum, { values, codes, scales }) => sum + values.byteLength + codes.byteLength + scales.byteLength,
      0,
    )
    return blocks + this.#chunk.byteLength + this.#rowOf.size * BYTES_PER_ROW_ENTRY
  }

  /** `vectors` holds one row a chunk, in order. */
  replaceDocument(document: DocumentId, chunks: readonly ChunkId[], vectors: Float32Array): void {
    this.deleteDocument(document)
    if (chunks.length === 0) return
    const rows = Int32Array.from(chunks, (chunk, i) => {
      const row = this.#freeRow()
      const { block, offset } = this.#locate(row)
      const vector = vectors.subarray(i * this.#dimension, (i + 1) * this.#dimension)
      block.values.set(vector, offset)
      this.#memory.encode(vector, block, row - block.first)
      this.#chunk[row] = chunk
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
      const { block, offset } = this.#locate(row)
      block.values.fill(0, offset, offset + this.#dimension)
      this.#memory.erase(block, row - block.first)
      this.#rowOf.delete(this.#chunk[row] as number)
      this.#free.push(row)
    }
  }

  search(documents: readonly DocumentId[] | undefined, query: Float32Array, limit: number): Ranked {
    const rows = documents === undefined ? undefined : Int32Array.from(this.#rowsOf(documents)).sort()
    const most = Math.min(limit, rows?.length ?? this.count)
    if (most <= 0) return new Best(0, 0).ranked()
    const asked = this.#memory.ask(query)
    for (let kept = most + SPARE; ; kept *= 4) {
      const near = this.#nearest(rows, asked, kept)
      const best = new Best(most, near.chunks.length)
      for (const row of near.chunks) best.offer(this.#cosine(query, row), this.#chunk[row] as number)
      const ranked = best.ranked()
      // Everything that was left out is at most as near as the last one that was kept, give or take the error.
      const beyond = (near.scores.at(-1) ?? 0) * asked.unit + this.#memory.error(asked)
      if (near.chunks.length < kept || (ranked.scores.at(-1) ?? 0) >= beyond) return ranked
    }
  }

  /** @see VectorStore.neighbours */
  neighbours(documents: readonly DocumentId[] | undefined, chunks: Float64Array, count: number): Int32Array {
    const allowed = documents === undefined ? undefined : new Set(this.#rowsOf(documents))
    const vectors = Array.from(chunks, (chunk) => {
      const row = this.#rowOf.get(chunk)
      if (row === undefined || allowed?.has(row) === false) return undefined
      const { block, offset } = this.#locate(row)
      return block.values.subarray(offset, offset + this.#dimension)
    })
    const cosines = new Float64Array(chunks.length ** 2).fill(Number.NaN)
    vectors.forEach((one, i) => {
      for (let j = 0; j < i; j++) {
        const other = vectors[j]
        if (one === undefined || other === undefined) continue
        cosines[i * chunks.length + j] = cosines[j * chunks.length + i] = dot(one, other, 0)
      }
    })
    const nearest = new Int32Array(chunks.length * count).fill(-1)
    for (let i = 0; i < chunks.length; i++) {
      const best = new Best(count, chunks.length)
      for (let j = 0; j < chunks.length; j++) best.offer(cosines[i * chunks.length + j] as number, j)
      nearest.set(best.ranked().chunks, i * count)
    }
    return nearest
  }

  /** Releases what it holds of the memory. */
  close(): void {
    for (const block of this.#blocks.splice(0)) this.#memory.free(block)
  }

  /** The rows with the best approximate scores, in the place of chunk ids. */
  #nearest(rows: Int32Array | undefined, asked: CodedQuery, kept: number): Ranked {
    const best = new Best(kept, rows?.length ?? this.#rows)
    const take = ({ rows: found, scores, count }: Found, first: number): void => {
      for (let i = 0; i < count; i++) best.offer(scores[2 * i + 1] as number, first + (found[2 * i] as number))
    }
    if (rows === undefined) {
      for (const block of this.#blocks) {
        const used = Math.min(block.rows, this.#rows - block.first)
        take(this.#memory.scan(block, used, asked, best.worst), block.first)
      }
      return best.ranked()
    }
    for (let at = 0; at < rows.length;) {
      const block = this.#blocks[blockOf(rows[at] as number)] as Block
      const begin = at
      while (at < rows.length && (rows[at] as number) < block.first + block.rows) at++
      const inside = rows.subarray(begin, at).map((row) => row - block.first)
      take(this.#memory.gather(block, inside, asked, best.worst), block.first)
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
    const row = this.#rows
    const last = this.#blocks.at(-1)
    if (last === undefined || row === last.first + last.rows) {
      const rows = last === undefined ? FIRST_ROWS : Math.min(MOST_ROWS, last.rows * 2)
      const values = new Float32Array(rows * this.#dimension)
      this.#blocks.push({ ...this.#memory.allocate(rows), first: row, values })
    }
    this.#chunk = grown(this.#chunk, row + 1)
    this.#rows = row + 1
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
/** Rows that are looked at exactly besides those that are wanted. */
const SPARE = 50
