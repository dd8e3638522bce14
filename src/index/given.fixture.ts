import { quietLogger } from '../../test/quiet-logger.ts'
import { LOCAL_USER, type ChunkId, type DocumentId } from '../core/ids.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

export const DIMENSION = 8
export const owner = LOCAL_USER
export const TEXTS = ['red apple', 'green apple pie', 'blue sky', 'grey sky with rain', 'red rain', 'old stone']

export const unit = (seed: number): Float32Array => {
  const vector = Float32Array.from({ length: DIMENSION }, (_, i) => Math.sin(seed * (i + 1)) + 0.01 * i)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** Six passages, each of a document of its own and with a vector. */
export async function filled(t: { after(end: () => Promise<void>): void }) {
  const index = await temporaryIndex(DIMENSION, quietLogger)
  t.after(() => index.close())
  await index.load(
    TEXTS.map((text, i) => ({
      owner,
      document: `d${i}` as DocumentId,
      passages: [{ chunk: (i + 1) as ChunkId, title: '', context: '', text }],
      vectors: [{ chunk: (i + 1) as ChunkId, vector: unit(i + 1) }],
    })),
  )
  return index
}
