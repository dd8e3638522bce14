// The floor of a vector search: the kernel over rows of seven bits a number, keeping nothing of what it sees.
import { MOST_ROWS, VectorMemory, type CodeBlock } from '../src/index/vector-memory.ts'

export interface BareScan {
  /** Of the rows and their scales. */
  readonly bytes: number
  add(vector: Float32Array): void
  scan(query: Float32Array): void
}

export function bareScan(dimension: number): BareScan {
  const memory = new VectorMemory(dimension)
  const blocks: CodeBlock[] = []
  let rows = 0
  return {
    get bytes() {
      return memory.bytes
    },
    add(vector) {
      if (rows % MOST_ROWS === 0) blocks.push(memory.allocate(MOST_ROWS))
      memory.encode(vector, blocks.at(-1) as CodeBlock, rows % MOST_ROWS)
      rows++
    },
    scan(query) {
      const asked = memory.ask(query)
      for (const [i, block] of blocks.entries()) {
        const found = memory.scan(block, Math.min(MOST_ROWS, rows - i * MOST_ROWS), asked, Number.POSITIVE_INFINITY)
        if (found.count > 0) throw new Error('A row was above the highest threshold')
      }
    },
  }
}
