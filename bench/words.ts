/**
 * The words alone, straight on one owner's index: how fast passages are analysed, what they take, how fast questions are
 * answered, and how good the first ten are.
 *
 *   node bench/words.ts [--passages=100000] [set ...]
 *
 * The large collection is made of the English sets' passages, repeated with every seventh word replaced by one from
 * another passage; the questions are theirs. Writes .bench/words.json.
 */
import { parseArgs } from 'node:util'
import type { ChunkId, DocumentId } from '../src/core/ids.ts'
import { mean, ndcg, percentile } from '../src/features/evaluation/measures.ts'
import { DocumentWords } from '../src/index/document-words.fixture.ts'
import { ms, report, type Row } from './report.ts'
import { hasSet, readSet, rowsOf } from './retrieval-sets.ts'

const QUALITY = [
  'scifact-train',
  'scifact',
  'cranfield',
  'hotpotqa-mini',
  'xquad-en',
  'xquad-de',
  'xquad-es',
  'xquad-zh',
  'xquad-ar',
]
const MIXED = ['scifact', 'cranfield', 'hotpotqa-mini', 'xquad-en']
const LIMIT = 100

function add(index: DocumentWords, row: number, title: string, text: string): void {
  index.replaceDocument(`d${row}` as DocumentId, [{ chunk: (row + 1) as ChunkId, ...index.analyse(title, text) }])
}

async function quality(name: string) {
  const set = await readSet(name)
  const index = new DocumentWords()
  const from = performance.now()
  set.passages.forEach(({ title, text }, row) => add(index, row, title, text))
  const seconds = (performance.now() - from) / 1000
  const scores = set.questions.map(({ text, relevant }) =>
    ndcg(rowsOf([...index.search(undefined, text, LIMIT).chunks] as ChunkId[]), relevant, 10),
  )
  return { name, ndcg10: mean(scores), passagesPerSecond: set.passages.length / seconds }
}

/** Random numbers in 0-1 that are the same in each run: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

async function speed(passages: number) {
  const sets = await Promise.all(MIXED.map(readSet))
  const texts = sets.flatMap((set) => set.passages.map(({ title, text }) => `${title}\n${text}`.split(' ')))
  const next = random(7)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const made = (row: number): string => {
    const words = texts[row % texts.length] as string[]
    if (row < texts.length) return words.join(' ')
    return words.map((word, i) => (i % 7 === 3 ? pick(pick(texts)) : word)).join(' ')
  }
  const index = new DocumentWords()
  let characters = 0
  let analysing = 0
  let placing = 0
  for (let row = 0; row < passages; row++) {
    const [title = '', ...lines] = made(row).split('\n')
    const text = lines.join('\n')
    characters += title.length + text.length
    const from = performance.now()
    const analysed = index.analyse(title, text)
    const between = performance.now()
    index.replaceDocument(`d${row}` as DocumentId, [{ chunk: (row + 1) as ChunkId, ...analysed }])
    analysing += between - from
    placing += performance.now() - between
  }
  const questions = sets.flatMap((set) => set.questions.slice(0, 300).map(({ text }) => text))
  const times = (limit: number): number[] =>
    questions.map((question) => {
      const from = performance.now()
      index.search(undefined, question, limit)
      return performance.now() - from
    })
  times(10)
  const [ten, hundred] = [times(10), times(LIMIT)]
  const latency = (values: readonly number[]) => ({
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    most: Math.max(...values),
  })
  return {
    passages,
    charactersEach: characters / passages,
    bytesEach: index.bytes / passages,
    analysedPerSecond: (passages / analysing) * 1000,
    placedPerSecond: (passages / placing) * 1000,
    top10: latency(ten),
    top100: latency(hundred),
  }
}

const { values, positionals } = parseArgs({ options: { passages: { type: 'string' } }, allowPositionals: true })
const rows: Row[] = []
const large = await speed(Number(values.passages ?? 100_000))
rows.push(
  ['passages, characters each', `${large.passages}, ${large.charactersEach.toFixed(0)}`],
  ['bytes a passage', large.bytesEach.toFixed(0)],
  ['analysed a second', large.analysedPerSecond.toFixed(0)],
  ['put in place a second', large.placedPerSecond.toFixed(0)],
)
for (const [what, { p50, p95, most }] of [
  ['top 10', large.top10],
  ['top 100', large.top100],
] as const) {
  rows.push([`${what}, p50 / p95 / most`, `${p50.toFixed(2)} / ${p95.toFixed(2)} / ${ms(most)}`])
}
const sets: Awaited<ReturnType<typeof quality>>[] = []
for (const name of positionals.length > 0 ? positionals : QUALITY) {
  if (!hasSet(name)) {
    console.warn(`${name}: not in the data folder, left out`)
    continue
  }
  const result = await quality(name)
  sets.push(result)
  rows.push([`${name} nDCG@10`, result.ndcg10.toFixed(4)])
}
await report('words', rows, { large, sets })
