/**
 * Questions that need two passages (HotpotQA), one search against the search loop with a scripted model that sees only
 * the question and the results (bench/scripted-searcher.ts): how often both passages are within the first five, with 95 %
 * intervals of the difference (bootstrap over the questions). The rules of the script were chosen on the questions with
 * even places; the odd ones report. Writes .bench/two-hops.json. Vectors are kept in .bench/vectors.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { DocumentId } from '../src/core/ids.ts'
import type { RankedPassage, Retrieve } from '../src/features/answering/passages.ts'
import { collectAnswer, createAnswering } from '../src/features/answering/pipeline.ts'
import { bootstrap } from '../src/features/evaluation/bootstrap.ts'
import { relevance } from '../src/index/fusion.ts'
import { temporaryIndex } from '../src/index/temporary-index.fixture.ts'
import { quietLogger } from '../test/databases.ts'
import { BENCH, embedSet, loadAll, OWNER, readSet } from './retrieval-sets.ts'
import { scriptedSearcher } from './scripted-searcher.ts'

const FIRST = 5

const embedder = await createLocalEmbedder({
  name: 'bge-small-en-v1.5',
  modelsDir: join(import.meta.dirname, '../models'),
  logger: quietLogger,
})
const set = await readSet('hotpotqa-mini')
const index = await temporaryIndex(embedder.dimension, quietLogger)
await loadAll(index, set, await embedSet(embedder, set))

const retrieve: Retrieve = async (scope, text, { limit }) => {
  const [vector] = await embedder.embed([text], 'query')
  const found = await index.rank(scope, { type: 'hybrid', text, vector, sigma: embedder.sigma, depth: 100 })
  const passages = Array.from(found.chunks, (chunk, i): RankedPassage => {
    const { title = '', text: content = '' } = set.passages[chunk - 1] ?? {}
    const fused = found.fused[i] ?? 0
    return {
      chunkId: chunk as RankedPassage['chunkId'],
      documentId: `${chunk}` as DocumentId,
      version: 1,
      title,
      context: '',
      text: content,
      ordinal: 0,
      start: 0,
      end: content.length,
      page: null,
      language: 'en',
      cosine: found.cos[i] ?? Number.NaN,
      bm25: found.bm25[i] ?? 0,
      fused,
      relevance: relevance(fused, embedder.sigma),
      keyword: found.rel[i] ?? 0,
    }
  })
  const best = passages.toSorted((a, b) => b.fused - a.fused || a.chunkId - b.chunkId)
  return { passages: best.slice(0, limit), engine: 'bench' }
}

const answering = createAnswering({
  retrieve,
  library: { list: async () => ({ documents: [], more: false }), read: async () => ({ passages: [], total: 0 }) },
  labelsOf: async () => [],
  reading: async () => ({ documents: set.passages.length, pending: 0, failed: 0 }),
  embedder,
  words: index.words,
  languageModel: scriptedSearcher(),
  content: async (document) => set.passages[Number(document) - 1]?.text,
  settings: {
    topK: FIRST,
    confidenceThreshold: 0,
    strict: false,
    generalKnowledge: false,
    searchSteps: 12,
    maxQuestionChars: 16_000,
  },
  logger: quietLogger,
  clock: { now: () => new Date() },
})

interface Outcome {
  readonly once: boolean
  readonly loop: boolean
  readonly searches: number
}

const outcomes: Outcome[] = []
for (const { text, relevant } of set.questions) {
  const gold = [...relevant.keys()].map((row) => `${row + 1}`)
  const { passages } = await retrieve({ owner: OWNER }, text, { limit: FIRST })
  const answer = await collectAnswer(answering.answer({ owner: OWNER, question: text }))
  const cited = new Set(answer.citations.map(({ place }) => place?.documentId as string))
  outcomes.push({
    once: gold.every((id) => passages.some(({ documentId }) => documentId === id)),
    loop: gold.every((id) => cited.has(id)),
    searches: answer.steps.length,
  })
}
await index.close()
await embedder.close()

const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length

function figures(of: readonly Outcome[]) {
  return {
    questions: of.length,
    once: share(of.map(({ once }) => once)),
    loop: share(of.map(({ loop }) => loop)),
    difference: bootstrap(of.map(({ once, loop }) => Number(loop) - Number(once))),
    searches: of.reduce((sum, { searches }) => sum + searches, 0) / of.length,
  }
}

const report = {
  even: figures(outcomes.filter((_, i) => i % 2 === 0)),
  odd: figures(outcomes.filter((_, i) => i % 2 === 1)),
  all: figures(outcomes),
}
for (const [name, { questions, once, loop, difference, searches }] of Object.entries(report)) {
  const interval = `${difference.mean.toFixed(3)} [${difference.low.toFixed(3)}, ${difference.high.toFixed(3)}]`
  console.log(
    `${name.padEnd(5)} ${questions} questions: one search ${once.toFixed(3)}, loop ${loop.toFixed(3)}, difference ${interval}, ${searches.toFixed(1)} further searches`,
  )
}
await mkdir(BENCH, { recursive: true })
await writeFile(join(BENCH, 'two-hops.json'), `${JSON.stringify(report, null, 2)}\n`)
