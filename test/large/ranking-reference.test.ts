import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../../src/core/ids.ts'
import type { IndexedPassage, IndexedVector } from '../../src/core/ports/search.ts'
import { ReferenceIndex } from '../../src/index/reference.fixture.ts'
import { temporaryIndex } from '../../src/index/temporary-index.fixture.ts'
import { DATA, hasSet, OWNER, readSet, type RetrievalSet } from '../../bench/retrieval-sets.ts'
import { quietLogger } from '../databases.ts'
import { exactVector, exactVectorNear } from '../exact-vectors.ts'
import { compare } from '../index-comparison.ts'
import { oneIn } from './sample.ts'

const XQUAD = ['en', 'de', 'es', 'zh', 'ar'].map((language) => `xquad-${language}`)

/** The sets of each index: what one person keeps in several languages stands together. */
const COLLECTIONS: readonly (readonly string[])[] = [
  ['scifact', 'scifact-train'],
  ['cranfield'],
  ['hotpotqa-mini'],
  ...XQUAD.map((name) => [name]),
]
/** All of these in one index, as of one person who keeps several languages; every so many of their questions. */
const TOGETHER = XQUAD
const ASKED_TOGETHER = 23
/** Otherwise every so many questions of a set; the index holds all of its passages. */
const ASKED = oneIn(4)

const DIMENSION = 40
const TOPICS = 40
/** So many passages are one document, so many have no vector yet. */
const PASSAGES_A_DOCUMENT = 5
const WITHOUT_VECTOR = 50
/** Every so many questions are asked of a part of the documents, and with conditions, too. */
const CLOSER_LOOK = 10
const BATCH = 100

interface Document {
  readonly document: DocumentId
  readonly passages: readonly IndexedPassage[]
  readonly vectors: readonly IndexedVector[]
}

/** One of some topics with a good deal of its own: what is near to a passage is often on its topic. */
function passageVector(row: number): Float32Array {
  const topic = exactVector(DIMENSION, row % TOPICS)
  return exactVectorNear(topic, 1, 1000 + row)
}

/** Texts of a corpus that comes in several languages stand under the same ids; their sets tell them apart. */
function documentsOf(sets: readonly RetrievalSet[]): Document[] {
  const corpora = new Map(sets.map((set) => [set.corpusName, set.passages]))
  const rows = [...corpora.values()].flat().map(({ title, text }, row) => ({
    passage: { chunk: (row + 1) as ChunkId, title, context: '', text },
    vector: passageVector(row),
  }))
  return Array.from({ length: Math.ceil(rows.length / PASSAGES_A_DOCUMENT) }, (_, i) => {
    const own = rows.slice(i * PASSAGES_A_DOCUMENT, (i + 1) * PASSAGES_A_DOCUMENT)
    return {
      document: `document ${i}` as DocumentId,
      passages: own.map(({ passage }) => passage),
      vectors: own.flatMap(({ passage: { chunk }, vector }) =>
        chunk % WITHOUT_VECTOR === 0 ? [] : [{ chunk, vector }],
      ),
    }
  })
}

/** The question with its longest words as conditions, in one way or another. */
function withCondition(text: string, way: number): string {
  const words = text.split(/\s+/).filter((word) => /^\p{L}+$/u.test(word))
  const [longest = '', next = ''] = words.toSorted((a, b) => b.length - a.length)
  const at = words.indexOf(longest)
  const ways = [`+${longest} ${text}`, `${text} -${next}`, `"${words.slice(at, at + 2).join(' ')}" ${words[0]}`]
  return ways[way % ways.length] as string
}

for (const names of [...COLLECTIONS, TOGETHER]) {
  const missing = names.find((name) => !hasSet(name))
  const skip = missing === undefined ? false : `no ${missing} in ${DATA}`
  test(`every score of ${names.join(', ')} equals the reference`, { skip }, async (t) => {
    const sets = await Promise.all(names.map((name) => readSet(name)))
    const reference = new ReferenceIndex()
    const index = await temporaryIndex(DIMENSION, quietLogger)
    try {
      const documents = documentsOf(sets)
      for (const { document, passages, vectors } of documents) reference.put(document, passages, vectors)
      for (let first = 0; first < documents.length; first += BATCH)
        await index.load(documents.slice(first, first + BATCH).map((document) => ({ owner: OWNER, ...document })))

      const all = sets.flatMap((set) => set.questions)
      const asked = names === TOGETHER ? ASKED_TOGETHER : ASKED
      const questions = all.filter((_, i) => i % asked === 0)
      let open = 0
      for (const [i, { text, relevant }] of questions.entries()) {
        const [row = 0] = relevant.keys()
        const question = { owner: OWNER, text, vector: exactVectorNear(passageVector(row), 1, 100_000 + i) }
        try {
          const isCloser = i % CLOSER_LOOK === 0
          if (!(await compare(index, reference, question, isCloser ? { others: [] } : { types: ['hybrid'] }))) open++
          if (!isCloser) continue
          const documents = reference.documents.filter((_, place) => place % 10 === i % 7)
          await compare(index, reference, { ...question, documents })
          await compare(index, reference, { ...question, text: withCondition(text, i / CLOSER_LOOK) })
        } catch (error) {
          throw new Error(`Question ${i}, ${text}: ${error instanceof Error ? error.message : ''}`, { cause: error })
        }
      }
      t.diagnostic(`${questions.length} questions, of ${open} the lift was not compared`)
      assert.ok(open <= questions.length / 100)
    } finally {
      await index.close()
    }
  })
}
