// A small library, an encoder that knows words only, and a pipeline over both: what an answer does is told by it in
// milliseconds.
import assert from 'node:assert/strict'
import { createExtractiveModel } from '../../adapters/language-models/extractive/extractive.ts'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { LanguageModel } from '../../core/ports/language-models.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts'
import type { RankedPassage } from './passages.ts'
import { createAnswering } from './pipeline.ts'
import type { AnsweringDependencies } from './pipeline.ts'
import { wordsOf } from './words.ts'

export const OWNER = 'ann' as UserId
export const LIBRARY: Readonly<Record<string, string>> = {
  bridge:
    'History\n\nThe Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield, an engineer. ' +
    'About 1,400 men worked on the bridge for eight years.',
  opera: 'The Sydney Opera House was opened in 1973. Its architect was Jørn Utzon, who left before it was finished.',
}

export const ALL_READ = { documents: 2, pending: 0, failed: 0 }
const DIMENSION = 64

/** Words thrown into 64 boxes: texts that share words are alike, as with a real encoder. */
function hashed(text: string): Float32Array {
  const vector = new Float32Array(DIMENSION)
  for (const { stem, stop } of wordsOf(text)) {
    if (stop) continue
    const box = Array.from(stem).reduce((hash, c) => (hash * 31 + (c.codePointAt(0) ?? 0)) % DIMENSION, 7)
    vector[box] = (vector[box] ?? 0) + 1
  }
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

const ignore = (): void => undefined
export const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }
const embedder: Embedder = {
  id: 'hashed',
  name: 'hashed',
  dimension: DIMENSION,
  maxBatch: 8,
  maxTokens: 512,
  sigma: 0.0625,
  languages: 'many',
  tokenCounter: { href: '', options: {} },
  embed: async (texts) => texts.map(hashed),
  close: async () => undefined,
}

export function passagesFor(question: string): RankedPassage[] {
  const asked = hashed(question)
  const passages = Object.entries(LIBRARY).map(([id, text], i): RankedPassage => {
    const cosine = hashed(text).reduce((sum, value, k) => sum + value * (asked[k] ?? 0), 0)
    return {
      chunkId: (i + 1) as ChunkId,
      documentId: id as DocumentId,
      version: 1,
      title: `${id}.txt`,
      context: '',
      text,
      ordinal: 0,
      start: 0,
      end: text.length,
      page: null,
      language: 'en',
      cosine,
      bm25: 0,
      fused: cosine / 0.0625,
      relevance: cosine,
      keyword: 0,
    }
  })
  return passages.toSorted((a, b) => b.fused - a.fused)
}

export function answering(
  overrides: Partial<AnsweringDependencies> = {},
  confidenceThreshold: number | undefined = 0.2,
) {
  return createAnswering({
    retrieve: async (_scope, question, { limit }) => ({
      passages: passagesFor(question).slice(0, limit),
      engine: 'test',
    }),
    library: { list: async () => ({ documents: [], more: false }), read: async () => ({ passages: [], total: 0 }) },
    labelsOf: async () => [],
    reading: async () => ALL_READ,
    embedder,
    words: { idf: async (_owner, words) => new Float64Array(words.length).fill(3) },
    languageModel: createExtractiveModel(),
    content: async (document) => LIBRARY[document],
    settings: {
      topK: 5,
      confidenceThreshold,
      maxQuestionChars: 200,
      strict: false,
      generalKnowledge: false,
      searchSteps: 6,
    },
    logger,
    clock: { now: () => new Date() },
    ...overrides,
  })
}

export async function ask(
  question: string,
  made = answering(),
  more: Partial<AnswerRequest> = {},
): Promise<{ events: AnswerEvent[]; answer: Answer }> {
  const events: AnswerEvent[] = []
  for await (const event of made.answer({ owner: OWNER, question, ...more })) events.push(event)
  const last = events.at(-1)
  assert.ok(last?.type === 'done')
  return { events, answer: last.answer }
}

export const saying = (text: string): LanguageModel => ({
  id: 'saying',
  provider: 'test',
  contextWindow: 8192,
  supports: { tools: false, jsonSchema: false },
  writes: true,
  probe: async () => undefined,
  stream: async function* () {
    yield { type: 'text-delta', text }
    yield { type: 'finish', reason: 'stop', tokens: 12 }
  },
})
