// The collections that are measured: made of real passages (bench/synthetic.ts), with vectors of the shipped model or of any
// other length.
import { join } from 'node:path'
import { createLocalEmbedder } from '../../src/adapters/embedders/local-onnx/local-embedder.ts'
import { mulberry32 } from '../../src/features/evaluation/bootstrap.ts'
import { root } from '../../scripts/drills/server.ts'
import { quietLogger } from '../../test/databases.ts'
import { embedSet, readSet } from '../retrieval-sets.ts'
import { synthetic, type Synthetic } from '../synthetic.ts'

/** Passages that it is made of. */
const REAL = 2000

export interface Query {
  readonly text: string
  readonly vector: Float32Array
}

export interface Collections {
  /** Id of the embedder, and what its ranking needs to know of it. */
  readonly model: string
  readonly sigma: number
  readonly queries: readonly Query[]
  of(rows: number): Synthetic
  /** The same texts with vectors of another length, each in a direction of its own. */
  ofDimension(rows: number, dimension: number): Synthetic
}

export async function collections(): Promise<Collections> {
  const set = await readSet('scifact')
  const some = { ...set, passages: set.passages.slice(0, REAL) }
  const embedder = await createLocalEmbedder({
    name: 'bge-small-en-v1.5',
    modelsDir: join(root, 'models'),
    logger: quietLogger,
  })
  const vectors = await embedSet(embedder, some)
  const { id: model, sigma } = embedder
  await embedder.close()
  const of = (rows: number): Synthetic => synthetic(some, vectors.passages, rows)
  return {
    model,
    sigma,
    queries: some.questions.map(({ text }, i) => ({ text, vector: vectors.questions[i] as Float32Array })),
    of,
    ofDimension: (rows, dimension) => ({ ...of(rows), dimension, vector: (row) => direction(row, dimension) }),
  }
}

/** Of length 1. */
export function direction(row: number, dimension: number): Float32Array {
  const random = mulberry32(Math.imul(row + 1, 0x9e3779b1))
  const vector = Float32Array.from({ length: dimension }, () => random() + random() + random() - 1.5)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
