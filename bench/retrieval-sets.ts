import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { passageText } from '../src/core/documents.ts'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { Embedder, EmbedKind } from '../src/core/ports/embedding.ts'
import type { EmbeddedIndex } from '../src/index/embedded-index.ts'
import { readRetrievalSet, type SetDocument } from '../src/features/evaluation/retrieval-set.ts'

const ROOT = join(import.meta.dirname, '..')
export const DATA = process.env['EVIDENT_DATA'] ?? join(ROOT, '../shared/data')
export const BENCH = join(ROOT, '.bench')
export const OWNER = 'bench' as UserId

/** Each leg's part in the candidates, as the service takes it. */
const CANDIDATES = 100

interface Question {
  readonly id: string
  readonly text: string
  /** Grade by row of the corpus; only grades above 0. */
  readonly relevant: ReadonlyMap<number, number>
}

export interface RetrievalSet {
  readonly name: string
  readonly corpusName: string
  readonly passages: readonly SetDocument[]
  readonly questions: readonly Question[]
}

export const hasSet = (name: string): boolean => existsSync(join(DATA, name, 'queries.jsonl'))

/** `a` is a set with its own corpus, `a>b` the questions of `a` over the corpus of `b` (the same ids). */
export async function readSet(name: string): Promise<RetrievalSet> {
  const [questionSet = name, other] = name.split('>')
  const ownCorpus = existsSync(join(DATA, questionSet, 'corpus.jsonl'))
    ? questionSet
    : questionSet.replace(/-train$/, '')
  const corpusName = other ?? ownCorpus
  const { documents, queries } = await readRetrievalSet(join(DATA, questionSet), { corpus: join(DATA, corpusName) })
  const rowOf = new Map(documents.map(({ id }, row) => [id, row]))
  return {
    name,
    corpusName,
    passages: documents,
    questions: queries.map(({ id, text, relevant }) => ({
      id,
      text,
      relevant: new Map([...relevant].map(([document, grade]) => [rowOf.get(document) as number, grade])),
    })),
  }
}

/** Every so many questions of a set, all that is relevant to them, and every so many of its other passages. */
export function sampleOf(set: RetrievalSet, every: number): RetrievalSet {
  const questions = set.questions.filter((_, i) => i % every === 0)
  const wanted = new Set(questions.flatMap(({ relevant }) => [...relevant.keys()]))
  const kept = [...set.passages.keys()].filter((row) => row % every === 0 || wanted.has(row))
  const rowOf = new Map(kept.map((row, i) => [row, i]))
  return {
    ...set,
    passages: set.passages.filter((_, row) => rowOf.has(row)),
    questions: questions.map((question) => ({
      ...question,
      relevant: new Map([...question.relevant].map(([row, grade]) => [rowOf.get(row) as number, grade])),
    })),
  }
}

// --- Vectors -----------------------------------------------------------------------------------------------------

/** Vectors of the texts, one after the other, from `.bench/` where the same model has embedded the same texts. */
async function embedAll(embedder: Embedder, texts: readonly string[], kind: EmbedKind): Promise<Float32Array> {
  const hash = createHash('sha256')
    .update(JSON.stringify([embedder.id, kind, texts]))
    .digest('hex')
    .slice(0, 16)
  const path = join(BENCH, 'vectors', `${embedder.name}-${kind}-${hash}.f32`)
  if (existsSync(path)) {
    const bytes = await readFile(path)
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  }
  const values = new Float32Array(texts.length * embedder.dimension)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < texts.length) {
      const first = next
      next = Math.min(texts.length, next + embedder.maxBatch)
      const vectors = await embedder.embed(texts.slice(first, next), kind)
      vectors.forEach((vector, i) => values.set(vector, (first + i) * embedder.dimension))
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  await mkdir(join(BENCH, 'vectors'), { recursive: true })
  await writeFile(`${path}.part`, values)
  await rename(`${path}.part`, path)
  return values
}

const rows = (values: Float32Array, dimension: number): Float32Array[] =>
  Array.from({ length: values.length / dimension }, (_, i) => values.subarray(i * dimension, (i + 1) * dimension))

export interface SetVectors {
  readonly passages: readonly Float32Array[]
  readonly questions: readonly Float32Array[]
}

export async function embedSet(embedder: Embedder, set: RetrievalSet): Promise<SetVectors> {
  const passages = set.passages.map(({ title, text }) => passageText(title, '', text))
  const questions = set.questions.map(({ text }) => text)
  return {
    passages: rows(await embedAll(embedder, passages, 'document'), embedder.dimension),
    questions: rows(await embedAll(embedder, questions, 'query'), embedder.dimension),
  }
}

// --- Loading and searching ---------------------------------------------------------------------------------------

const BATCH = 256

/** Each passage becomes a document of one chunk, whose id is its row + 1. */
export async function loadWords(index: EmbeddedIndex, set: RetrievalSet): Promise<void> {
  await loadBatches(index, set.passages, ({ title, text }, chunk) => ({
    passages: [{ chunk, title, context: '', text }],
    vectors: [],
  }))
}

export async function loadAll(index: EmbeddedIndex, set: RetrievalSet, vectors: SetVectors): Promise<void> {
  await loadBatches(index, set.passages, ({ title, text }, chunk) => {
    const vector = vectors.passages[chunk - 1]
    if (vector === undefined) throw new Error(`No vector for chunk ${chunk}`)
    return { passages: [{ chunk, title, context: '', text }], vectors: [{ chunk, vector }] }
  })
}

type Loaded = Parameters<EmbeddedIndex['load']>[0][number]

async function loadBatches(
  index: EmbeddedIndex,
  passages: readonly SetDocument[],
  content: (passage: SetDocument, chunk: ChunkId) => Pick<Loaded, 'passages' | 'vectors'>,
): Promise<void> {
  const sent: Promise<void>[] = []
  for (let first = 0; first < passages.length; first += BATCH) {
    const documents = passages.slice(first, first + BATCH).map((passage, i) => ({
      owner: OWNER,
      document: passage.id as DocumentId,
      ...content(passage, (first + i + 1) as ChunkId),
    }))
    sent.push(index.load(documents))
  }
  await Promise.all(sent)
}

/** The row of the corpus that each chunk was loaded from. */
export const rowsOf = (chunks: readonly ChunkId[]): number[] => chunks.map((chunk) => chunk - 1)

export interface Lists {
  readonly keyword: readonly ChunkId[]
  readonly semantic: readonly ChunkId[]
  readonly hybrid: readonly ChunkId[]
}

export const keywordSearch = async (index: EmbeddedIndex, text: string): Promise<ChunkId[]> =>
  (await index.words.search({ owner: OWNER }, text, CANDIDATES)).hits.map((hit) => hit.chunk)

/**
 * What the retrieval service does, without the database behind it: the best first.
 * @param documents the only ones that are searched
 */
export async function hybridSearch(
  index: EmbeddedIndex,
  { text, vector }: { readonly text: string; readonly vector: Float32Array },
  sigma: number,
  documents?: readonly DocumentId[],
): Promise<ChunkId[]> {
  const scope = { owner: OWNER, documents }
  const query = { type: 'hybrid', text, vector, sigma, depth: CANDIDATES } as const
  const { chunks, fused } = await index.rank(scope, query)
  const scored = Array.from(chunks, (chunk, i) => ({ chunk: chunk as ChunkId, score: fused[i] ?? 0 }))
  scored.sort((a, b) => b.score - a.score || a.chunk - b.chunk)
  return scored.map(({ chunk }) => chunk)
}

/** Both legs and what they say together. */
export async function searchAll(
  index: EmbeddedIndex,
  text: string,
  vector: Float32Array,
  sigma: number,
): Promise<Lists> {
  const [keyword, nearest, hybrid] = await Promise.all([
    keywordSearch(index, text),
    index.vectors.search({ owner: OWNER }, vector, CANDIDATES),
    hybridSearch(index, { text, vector }, sigma),
  ])
  return { keyword, semantic: nearest.map((hit) => hit.chunk), hybrid }
}
