import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { dotProduct } from '../src/features/answering/row-products.ts'
import type { RankedPassage } from '../src/features/answering/passages.ts'
import { piecesOf } from '../src/features/answering/pieces.ts'
import { contentWords } from '../src/features/answering/question.ts'
import { readableTitle, wordsOf } from '../src/features/answering/words.ts'

export const DATA = process.env['EVIDENT_DATA'] ?? join(import.meta.dirname, '../../shared/data')
export const OWNER = 'bench' as UserId

interface Paragraph {
  readonly id: string
  readonly title: string
  readonly text: string
}

export interface GoldQuestion {
  readonly id: string
  readonly text: string
  readonly answers: readonly string[]
  readonly starts: readonly number[]
  /** Index of its paragraph. */
  readonly paragraph: number
  readonly article: number
  /** Articles with even numbers choose weights, odd ones report. */
  readonly even: boolean
}

/** `own`: all 240 paragraphs; `removed`: without the question's own; `cut`: its own without the answer's sentences. */
export type Situation = 'own' | 'removed' | 'cut'

export interface Found {
  readonly passages: readonly RankedPassage[]
  /** The stored text of each document as this situation has it. */
  readonly content: (document: DocumentId) => string
}

export interface Xquad {
  readonly questions: readonly GoldQuestion[]
  readonly embedder: Embedder
  readonly words: { idf(owner: UserId, words: readonly string[]): Promise<Float64Array> }
  /** undefined: no sentence would be left of the paragraph. */
  find(question: GoldQuestion, situation: Situation, limit: number): Promise<Found | undefined>
}

const K1 = 0.9
const B = 0.4

function readLines<T>(folder: string, name: string): T[] {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

export const hasXquad = (set = 'xquad-en'): boolean => existsSync(join(DATA, set, 'corpus.jsonl'))

/** Keeps what an embedder gave: three situations ask for the same sentences. */
export function rememberingEmbedder(embedder: Embedder): Embedder {
  const { embedTokens } = embedder
  const remember = <T>(call: (texts: readonly string[], kind: 'query' | 'document') => Promise<T[]>) => {
    const known = new Map<string, T>()
    return async (texts: readonly string[], kind: 'query' | 'document'): Promise<T[]> => {
      const missing = texts.filter((text) => !known.has(`${kind} ${text}`))
      const made = await call(missing, kind)
      missing.forEach((text, i) => {
        const value = made[i]
        if (value !== undefined) known.set(`${kind} ${text}`, value)
      })
      return texts.flatMap((text) => known.get(`${kind} ${text}`) ?? [])
    }
  }
  const remembering: Embedder = {
    ...embedder,
    embed: remember((texts, kind) => embedder.embed(texts, kind)),
    close: () => embedder.close(),
  }
  if (embedTokens === undefined) return remembering
  return { ...remembering, embedTokens: remember((texts, kind) => embedTokens.call(embedder, texts, kind)) }
}

const silent = (): void => undefined
export const QUIET: Logger = {
  debug: silent,
  info: silent,
  warn: console.warn,
  error: console.error,
  child: () => QUIET,
}

/** A shipped model, as the product loads it. */
export const openEmbedder = (name = 'bge-small-en-v1.5'): Promise<Embedder> =>
  createLocalEmbedder({ name, modelsDir: join(import.meta.dirname, '../models'), threads: 1, logger: QUIET })

interface IndexedParagraph extends Paragraph {
  readonly terms: ReadonlyMap<string, number>
  readonly length: number
  readonly vector: Float32Array
}

function countTerms(title: string, text: string): { terms: Map<string, number>; length: number } {
  const stems = wordsOf(`${readableTitle(title)} ${text}`).flatMap((word) => (word.stop ? [] : [word.stem]))
  const terms = new Map<string, number>()
  for (const stem of stems) terms.set(stem, (terms.get(stem) ?? 0) + 1)
  return { terms, length: stems.length }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** Whether a gold answer stands in the text, at word boundaries. */
export function holdsGold(text: string, { answers }: GoldQuestion): boolean {
  const level = text.replace(/\s+/g, ' ')
  return answers.some((answer) => {
    const wanted = answer
      .replace(/\s+/g, ' ')
      .replace(/[.,;:]+$/, '')
      .trim()
    return new RegExp(`(?<![\\p{L}\\p{N}])${escaped(wanted)}(?![\\p{L}\\p{N}])`, 'iu').test(level)
  })
}

/** The paragraph without the sentences that hold the answer; undefined: nothing would be left. */
function withoutAnswer(text: string, { answers, starts }: GoldQuestion): string | undefined {
  const kept = piecesOf(text).filter(
    ({ start, end, text: piece }) =>
      !starts.some((at) => at >= start && at < end) && !answers.some((answer) => piece.includes(answer)),
  )
  return kept.length === 0 ? undefined : kept.map((piece) => piece.text).join(' ')
}

/**
 * The set in memory, one passage a paragraph, ranked by F of the ranking formula in plain code: exact, and able to
 * take a paragraph away for one question, which an index is not.
 */
export async function loadXquad(plain: Embedder, set = 'xquad-en'): Promise<Xquad> {
  const folder = join(DATA, set)
  const embedder = rememberingEmbedder(plain)
  const paragraphs = readLines<Paragraph>(folder, 'corpus.jsonl')
  const byId = new Map(paragraphs.map(({ id }, i) => [id, i]))
  const gold = new Map(
    readLines<{ id: string; answers: string[]; answer_start: number[]; doc: string }>(folder, 'answers.jsonl').map(
      (answer) => [answer.id, answer],
    ),
  )
  const questions = readLines<{ id: string; text: string }>(folder, 'queries.jsonl').flatMap(({ id, text }) => {
    const answer = gold.get(id)
    const paragraph = byId.get(answer?.doc ?? '')
    if (answer === undefined || paragraph === undefined) return []
    const article = Number(answer.doc.slice(1, 3))
    const even = article % 2 === 0
    return [{ id, text, answers: answer.answers, starts: answer.answer_start, paragraph, article, even }]
  })

  const index = async (paragraph: Paragraph): Promise<IndexedParagraph> => {
    const [vector = new Float32Array()] = await embedder.embed(
      [`${readableTitle(paragraph.title)}\n${paragraph.text}`],
      'document',
    )
    return { ...paragraph, ...countTerms(paragraph.title, paragraph.text), vector }
  }
  const indexed: IndexedParagraph[] = []
  for (const paragraph of paragraphs) indexed.push(await index(paragraph))
  const frequency = new Map<string, number>()
  for (const { terms } of indexed) for (const term of terms.keys()) frequency.set(term, (frequency.get(term) ?? 0) + 1)
  const meanLength = indexed.reduce((sum, { length }) => sum + length, 0) / indexed.length
  const idf = (stem: string): number => {
    const df = frequency.get(stem) ?? 0
    return Math.log(1 + (indexed.length - df + 0.5) / (df + 0.5))
  }
  const bm25 = (stems: readonly string[], { terms, length }: IndexedParagraph): number =>
    stems.reduce((sum, stem) => {
      const tf = terms.get(stem) ?? 0
      return tf === 0 ? sum : sum + (idf(stem) * tf * (K1 + 1)) / (tf + K1 * (1 - B + (B * length) / meanLength))
    }, 0)

  return {
    questions,
    embedder,
    words: {
      idf: async (_owner, words) =>
        Float64Array.from(words, (word) => Math.max(0, ...wordsOf(word).map(({ stem }) => idf(stem)))),
    },
    find: async (question, situation, limit) => {
      const own = indexed[question.paragraph]
      if (own === undefined) throw new Error(`No paragraph for ${question.id}`)
      const text = situation === 'cut' ? withoutAnswer(own.text, question) : own.text
      if (text === undefined) return undefined
      const present = indexed.flatMap((paragraph): IndexedParagraph[] => (paragraph === own ? [] : [paragraph]))
      if (situation === 'own') present.push(own)
      if (situation === 'cut') present.push(await index({ ...own, text }))

      const [asked = new Float32Array()] = await embedder.embed([question.text], 'query')
      const stems = contentWords(question.text).map(({ stem }) => stem)
      const scored = present.map((paragraph) => ({
        paragraph,
        cosine: dotProduct(asked, paragraph.vector),
        bm25: bm25(stems, paragraph),
      }))
      const bestWords = Math.max(...scored.map((score) => score.bm25))
      const divisor = Math.max(bestWords, 0.25 * stems.reduce((sum, stem) => sum + idf(stem), 0)) || 1
      const identifier = /(?=\S*[A-Za-z])(?=\S*\d)[A-Za-z0-9][A-Za-z0-9\-_./]{2,}/.test(question.text)
      const lambda = stems.length <= 3 ? 4 : identifier ? 3 : 2
      const ranked = scored
        .map((score) => ({ ...score, fused: score.cosine / embedder.sigma + (lambda * score.bm25) / divisor }))
        .toSorted((a, b) => b.fused - a.fused)
      const best = ranked[0]?.fused ?? 1
      const passages = ranked.slice(0, limit).map(({ paragraph, cosine, bm25: words, fused }): RankedPassage => ({
        chunkId: ((byId.get(paragraph.id) ?? 0) + 1) as ChunkId,
        documentId: paragraph.id as DocumentId,
        version: 1,
        title: paragraph.title,
        context: '',
        text: paragraph.text,
        ordinal: 0,
        start: 0,
        end: paragraph.text.length,
        page: null,
        language: set.split('-')[1] ?? 'en',
        cosine,
        bm25: words,
        fused,
        relevance: Math.max(0, fused / best),
        keyword: words / divisor,
      }))
      const texts = new Map(present.map((paragraph) => [paragraph.id, paragraph.text]))
      return { passages, content: (document) => texts.get(document) ?? '' }
    },
  }
}
