/**
 * Whether the very passage comes first that a query names: by an identifier, by a rare name, by four words copied from it.
 *
 *   node bench/known-items.ts [--queries=150]
 *
 * The queries are made up from the passages, the same each time; P@1 of words alone, of meaning alone and of both, with
 * 95 % intervals (Wilson). Vectors are kept in .bench/vectors. Writes .bench/known-items.json.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import { mulberry32 } from '../src/features/evaluation/bootstrap.ts'
import { temporaryIndex } from '../src/index/temporary-index.fixture.ts'
import { root } from '../scripts/drills/server.ts'
import { quietLogger } from '../test/databases.ts'
import { report, type Row } from './report.ts'
import { wilson } from './wilson.ts'
import { embedSet, loadAll, readSet, rowsOf, searchAll, type RetrievalSet } from './retrieval-sets.ts'

const { values } = parseArgs({ options: { queries: { type: 'string', default: '150' } } })
const wanted = Number(values.queries)

interface KnownItem {
  readonly query: string
  /** The passage's place. */
  readonly passage: number
}

const textOf = ({ title, text }: RetrievalSet['passages'][number]): string => `${title} ${text}`

/** What the pattern finds in one passage only, each once. */
function rare({ passages }: RetrievalSet, pattern: RegExp): KnownItem[] {
  const holders = new Map<string, Set<number>>()
  passages.forEach((passage, place) => {
    for (const [found] of textOf(passage).matchAll(pattern)) {
      const places = holders.get(found)
      if (places === undefined) holders.set(found, new Set([place]))
      else places.add(place)
    }
  })
  return [...holders].flatMap(([query, places]) =>
    places.size === 1 ? [{ query, passage: [...places][0] as number }] : [],
  )
}

function copied({ passages }: RetrievalSet, random: () => number): KnownItem[] {
  return passages.flatMap(({ text }, passage) => {
    const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
    if (words.length < 5) return []
    const first = Math.floor(random() * (words.length - 4))
    return [{ query: words.slice(first, first + 4).join(' '), passage }]
  })
}

function some(items: readonly KnownItem[], random: () => number): KnownItem[] {
  const left = [...items]
  return Array.from({ length: Math.min(wanted, left.length) }, () => {
    const [item] = left.splice(Math.floor(random() * left.length), 1)
    return item as KnownItem
  })
}

/** Letters and digits in one word, with a letter first: `NLRP3`, `PGC-1alpha`. */
const IDENTIFIER = /\b(?=[\w-]*\d)(?=[\w-]*[A-Z]{2})[A-Z][\w-]{2,}\b/g
/** A capital in the middle of a sentence. */
const NAME = /(?<=[a-z,] )\p{Lu}\p{Ll}{4,}\b/gu

interface Kind {
  readonly set: string
  readonly name: string
  readonly items: (set: RetrievalSet, random: () => number) => KnownItem[]
}

const about = (items: readonly KnownItem[]): KnownItem[] =>
  items.map(({ query, passage }) => ({ query: `what is known about ${query}?`, passage }))

const KINDS: readonly Kind[] = [
  { set: 'scifact', name: 'identifiers alone', items: (set) => rare(set, IDENTIFIER) },
  { set: 'scifact', name: 'what is known about an identifier?', items: (set) => about(rare(set, IDENTIFIER)) },
  { set: 'hotpotqa-mini', name: 'rare names alone', items: (set) => rare(set, NAME) },
  ...['scifact', 'hotpotqa-mini', 'cranfield'].map((set): Kind => ({ set, name: 'four words copied', items: copied })),
]

async function measure(embedder: Embedder, { set: name, items }: Kind) {
  const random = mulberry32(1)
  const set = await readSet(name)
  const made = some(items(set, random), random)
  const vectors = await embedSet(embedder, {
    ...set,
    questions: made.map(({ query }, i) => ({ id: String(i), text: query, relevant: new Map() })),
  })
  const index = await temporaryIndex(embedder.dimension, quietLogger)
  const right = { keyword: 0, semantic: 0, hybrid: 0 }
  try {
    await loadAll(index, set, vectors)
    for (const [i, { query, passage }] of made.entries()) {
      const lists = await searchAll(index, query, vectors.questions[i] as Float32Array, embedder.sigma)
      for (const leg of ['keyword', 'semantic', 'hybrid'] as const) if (rowsOf(lists[leg])[0] === passage) right[leg]++
    }
  } finally {
    await index.close()
  }
  return { queries: made.length, right }
}

const embedder = await createLocalEmbedder({
  name: 'bge-small-en-v1.5',
  modelsDir: join(root, 'models'),
  logger: quietLogger,
})
const rows: Row[] = []
const figures: Record<string, Awaited<ReturnType<typeof measure>>> = {}
for (const kind of KINDS) {
  const found = await measure(embedder, kind)
  const { queries, right } = found
  figures[`${kind.set}: ${kind.name}`] = found
  const legs = (['keyword', 'semantic', 'hybrid'] as const).map((leg) => `${leg} ${wilson(right[leg], queries)}`)
  rows.push([`${kind.set}, ${kind.name} (${queries}): P@1`, legs.join('; ')])
}
await embedder.close()
await report('known-items', rows, figures)
