/**
 * How good and how fast retrieval is, leg by leg, straight on the index thread with the shipped models:
 *
 *   node bench/retrieval.ts [--model=multilingual-e5-small] [set ...]
 *
 * Prints a table and writes .bench/retrieval-MODEL.json. Vectors are kept in .bench/vectors.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { mean, ndcg, percentile, recall } from '../src/features/evaluation/measures.ts'
import { temporaryIndex } from '../src/index/temporary-index.fixture.ts'
import { BENCH, embedSet, hasSet, loadAll, loadWords, readSet, rowsOf, searchAll } from './retrieval-sets.ts'
import type { Lists } from './retrieval-sets.ts'

const LANGUAGES = ['de', 'es', 'zh', 'ar']
const ENGLISH = ['scifact-train', 'scifact', 'cranfield', 'hotpotqa-mini', 'xquad-en']
const MANY = [
  'xquad-en',
  ...LANGUAGES.map((code) => `xquad-${code}`),
  ...LANGUAGES.map((code) => `xquad-en>xquad-${code}`),
]

const logger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => logger,
}

async function measure(embedder: Embedder, name: string) {
  const set = await readSet(name)
  const vectors = await embedSet(embedder, set)
  const index = await temporaryIndex(embedder.dimension, logger)
  try {
    const wordsMs = await timed(() => loadWords(index, set))
    const bothMs = await timed(() => loadAll(index, set, vectors))
    const lists: Lists[] = []
    const searchMs: number[] = []
    for (const [i, question] of set.questions.entries()) {
      const vector = vectors.questions[i]
      if (vector === undefined) throw new Error(`No vector for question ${question.id}`)
      searchMs.push(
        await timed(async () => {
          lists.push(await searchAll(index, question.text, vector, embedder.sigma))
        }),
      )
    }
    const leg = (of: keyof Lists) => ({
      ndcg10: mean(set.questions.map((question, i) => ndcg(rowsOf(lists[i]?.[of] ?? []), question.relevant, 10))),
      recall100: mean(set.questions.map((question, i) => recall(rowsOf(lists[i]?.[of] ?? []), question.relevant, 100))),
    })
    return {
      set: name,
      passages: set.passages.length,
      questions: set.questions.length,
      keyword: leg('keyword'),
      semantic: leg('semantic'),
      hybrid: leg('hybrid'),
      wordsMs,
      bothMs,
      searchP50Ms: percentile(searchMs, 0.5),
      searchP95Ms: percentile(searchMs, 0.95),
      memory: await index.memory(),
    }
  } finally {
    await index.close()
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

const { values, positionals } = parseArgs({ options: { model: { type: 'string' } }, allowPositionals: true })
const model = values.model ?? 'bge-small-en-v1.5'
const names = positionals.length > 0 ? positionals : model === 'multilingual-e5-small' ? MANY : ENGLISH
const embedder = await createLocalEmbedder({ name: model, modelsDir: join(import.meta.dirname, '../models'), logger })
try {
  const results: Awaited<ReturnType<typeof measure>>[] = []
  for (const name of names) {
    if (name.split('>').every(hasSet)) results.push(await measure(embedder, name))
    else console.warn(`${name}: not in the data folder, left out`)
  }
  const digits = (value: number): string => value.toFixed(4)
  console.table(
    results.map((row) => ({
      set: row.set,
      passages: row.passages,
      questions: row.questions,
      'keyword nDCG@10': digits(row.keyword.ndcg10),
      semantic: digits(row.semantic.ndcg10),
      hybrid: digits(row.hybrid.ndcg10),
      'keyword R@100': digits(row.keyword.recall100),
      'semantic R@100': digits(row.semantic.recall100),
      'hybrid R@100': digits(row.hybrid.recall100),
      'load words ms': Math.round(row.wordsMs),
      'again with vectors ms': Math.round(row.bothMs),
      'search p50 ms': row.searchP50Ms.toFixed(2),
      'p95 ms': row.searchP95Ms.toFixed(2),
    })),
  )
  await mkdir(BENCH, { recursive: true })
  await writeFile(
    join(BENCH, `retrieval-${model}.json`),
    `${JSON.stringify({ model: embedder.id, results }, null, 2)}\n`,
  )
} finally {
  await embedder.close()
}
