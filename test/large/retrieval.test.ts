import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLocalEmbedder } from '../../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { Logger } from '../../src/core/ports/surroundings.ts'
import { mean, ndcg } from '../../src/features/evaluation/measures.ts'
import { temporaryIndex } from '../../src/index/temporary-index.fixture.ts'
import {
  DATA,
  embedSet,
  hasSet,
  keywordSearch,
  loadAll,
  loadWords,
  readSet,
  rowsOf,
  searchAll,
  sampleOf,
} from '../../bench/retrieval-sets.ts'
import { oneIn, WHOLE } from './sample.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }

/** nDCG@10 of the words alone, as measured when the analyzer was made; a change may not lose more than noise. */
const KEYWORD: Record<string, number> = {
  'scifact-train': 0.697,
  scifact: 0.678,
  cranfield: 0.355,
  'hotpotqa-mini': 0.811,
  'xquad-en': 0.972,
  'xquad-de': 0.93,
  'xquad-es': 0.956,
  'xquad-zh': 0.97,
  'xquad-ar': 0.927,
}
/**
 * nDCG@10 of both legs together; the large sets are left to bench/retrieval.ts, embedding them takes minutes. In CI it is of
 * a quarter of XQuAD's questions, over what is relevant to them and a quarter of the rest. Such a part of hotpotqa-mini is
 * too easy for the vectors to need the words, so that it is read whole or not at all.
 */
const HYBRID: Record<string, number> = { 'xquad-en': 0.98, ...(WHOLE && { 'hotpotqa-mini': 0.885 }) }
const TOLERANCE = 0.002

const missing = (name: string): string | false => (hasSet(name) ? false : `no ${name} in ${DATA}`)

for (const [name, expected] of Object.entries(KEYWORD)) {
  test(`words find what is relevant in ${name}`, { skip: missing(name) }, async () => {
    const set = await readSet(name)
    const index = await temporaryIndex(1, logger)
    try {
      await loadWords(index, set)
      const scores: number[] = []
      for (const { text, relevant } of set.questions)
        scores.push(ndcg(rowsOf(await keywordSearch(index, text)), relevant, 10))
      const reached = mean(scores)
      assert.ok(reached >= expected - TOLERANCE, `nDCG@10 ${reached.toFixed(4)}, expected ${expected}`)
    } finally {
      await index.close()
    }
  })
}

for (const [name, expected] of Object.entries(HYBRID)) {
  test(`both legs together are better than either in ${name}`, { skip: missing(name) }, async () => {
    const modelsDir = join(import.meta.dirname, '../../models')
    const embedder = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir, logger })
    const index = await temporaryIndex(embedder.dimension, logger)
    try {
      const set = sampleOf(await readSet(name), oneIn(4))
      const vectors = await embedSet(embedder, set)
      await loadAll(index, set, vectors)
      const scores = { keyword: [] as number[], semantic: [] as number[], hybrid: [] as number[] }
      for (const [i, { text, relevant }] of set.questions.entries()) {
        const lists = await searchAll(index, text, vectors.questions[i] ?? new Float32Array(0), embedder.sigma)
        scores.keyword.push(ndcg(rowsOf(lists.keyword), relevant, 10))
        scores.semantic.push(ndcg(rowsOf(lists.semantic), relevant, 10))
        scores.hybrid.push(ndcg(rowsOf(lists.hybrid), relevant, 10))
      }
      const reached = mean(scores.hybrid)
      assert.ok(reached >= expected - TOLERANCE, `nDCG@10 ${reached.toFixed(4)}, expected ${expected}`)
      assert.ok(reached >= Math.max(mean(scores.keyword), mean(scores.semantic)))
    } finally {
      await index.close()
      await embedder.close()
    }
  })
}
