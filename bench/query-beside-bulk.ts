// How long a question's embedding takes while documents are being embedded, beside an idle embedder in the same run: the
// embedder alone, without a server around it.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../scripts/drills/server.ts'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { passageText } from '../src/core/documents.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import { quietLogger } from '../test/databases.ts'
import type { RetrievalSet } from './retrieval-sets.ts'

export interface BesideBulk {
  /** Milliseconds of each question. */
  readonly idle: readonly number[]
  readonly busy: readonly number[]
  /** Texts embedded a second, without questions and between them. */
  readonly bulk: number
  readonly bulkMeanwhile: number
}

/** Milliseconds of bulk without questions. */
const BULK_ALONE = 5_000

/** @param pause milliseconds from a question's vector to the next question */
export async function queryBesideBulk(set: RetrievalSet, pause: number): Promise<BesideBulk> {
  const embedder = await createLocalEmbedder({
    name: 'bge-small-en-v1.5',
    modelsDir: join(root, 'models'),
    cacheSize: 0,
    logger: quietLogger,
  })
  const questions = set.questions.map(({ text }) => text)
  const each = async (): Promise<number[]> => {
    const times: number[] = []
    for (const question of questions) {
      const began = performance.now()
      await embedder.embed([question], 'query')
      times.push(performance.now() - began)
      await sleep(pause)
    }
    return times
  }
  try {
    await embedder.embed(questions.slice(0, 10), 'query')
    const idle = await each()
    const bulk = startBulk(embedder, set)
    try {
      await sleep(BULK_ALONE)
      const alone = bulk.rate()
      const busy = await each()
      return { idle, busy, bulk: alone, bulkMeanwhile: bulk.rate() }
    } finally {
      await bulk.stop()
    }
  } finally {
    await embedder.close()
  }
}

/** Embeds passages, round and round, so many at a time that no thread of the embedder is ever without a text. */
function startBulk(embedder: Embedder, { passages }: RetrievalSet) {
  const texts = passages.map(({ title, text }) => passageText(title, '', text)).filter((text) => text !== '')
  let next = 0
  let done = 0
  let since = performance.now()
  const stopping = new AbortController()
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await embedder.embed([texts[next++ % texts.length] as string], 'document')
      done++
    }
  }
  const lanes = Array.from({ length: LANES }, lane)
  return {
    /** Texts a second since the last call. */
    rate(): number {
      const now = performance.now()
      const rate = (done * 1000) / (now - since)
      done = 0
      since = now
      return rate
    },
    async stop(): Promise<void> {
      stopping.abort()
      await Promise.all(lanes)
    },
  }
}

/** More than the embedder's threads take at once. */
const LANES = 16
