import { existsSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createDocumentReader } from '../src/adapters/parsers/reader.ts'
import { AppError } from '../src/core/errors.ts'
import { assemble } from '../src/features/ingestion/canonical.ts'
import { chunk } from '../src/features/ingestion/chunks.ts'
import { root } from '../scripts/drills/server.ts'
import { DATA } from './retrieval-sets.ts'

export interface OrdinaryPassage {
  readonly title: string
  /** What it is read under. */
  readonly context: string
  readonly text: string
  /** Rules were made with these in sight; the others are the measure. */
  readonly tuning: boolean
}

export interface Attack {
  readonly id: string
  readonly instruction: string
}

const lines = async <T>(...path: string[]): Promise<T[]> =>
  (await readFile(join(DATA, ...path), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

export const hasAttacks = existsSync(join(DATA, 'adversarial-injection'))
/** The rules were made with these in sight: how they do with others, `ownAttacks` tell. */
export const givenAttacks = (): Promise<Attack[]> => lines<Attack>('adversarial-injection', 'attacks.jsonl')
/** In English, German and Spanish, written by somebody who had not seen the rules. Nothing is tuned on them. */
export const ownAttacks = async (): Promise<Attack[]> =>
  JSON.parse(await readFile(join(root, 'test', 'instructions-of-our-own.json'), 'utf8')) as Attack[]

/** Articles of XQuAD with even numbers, and every second abstract, are for tuning. */
export async function paragraphs(set: string): Promise<OrdinaryPassage[]> {
  const texts = await lines<{ id: string; title: string; text: string }>(set, 'corpus.jsonl')
  return texts.map(({ id, title, text }, i) => {
    const article = /^a(\d+)p/.exec(id)?.[1]
    return { title, context: '', text, tuning: (article === undefined ? i : Number(article)) % 2 === 0 }
  })
}

export interface OrdinaryDocument {
  readonly title: string
  readonly content: string
  readonly blocks: ReturnType<typeof assemble>['blocks']
  readonly tuning: boolean
}

/** As documents are read here; pages whose id begins with a digit below 8 are for tuning. */
export async function webDocuments(): Promise<OrdinaryDocument[]> {
  const pages = await lines<{ id: string; html: string }>('html-scrapinghub', 'items.jsonl')
  return documentsOf(
    pages.map(({ id, html }) => ({
      name: `${id}.html`,
      bytes: async () => gunzipSync(await readFile(join(DATA, 'html-scrapinghub', html))),
      tuning: Number.parseInt(id.charAt(0), 16) < 8,
    })),
  )
}

/** Every second file is for tuning. */
export async function fileDocuments(): Promise<OrdinaryDocument[]> {
  const folder = join(DATA, 'docs-unstructured')
  const names = (await readdir(folder, { recursive: true })).toSorted()
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name))))
  const small = names.filter(
    (name, i) => sizes[i]?.isFile() === true && sizes[i].size < LARGEST && name !== 'META.json',
  )
  return documentsOf(
    small.map((name, i) => ({ name: basename(name), bytes: () => readFile(join(folder, name)), tuning: i % 2 === 0 })),
  )
}

/** Cut into passages as documents are here. */
export const webPages = async (): Promise<OrdinaryPassage[]> => (await webDocuments()).flatMap(passagesOf)
export const files = async (): Promise<OrdinaryPassage[]> => (await fileDocuments()).flatMap(passagesOf)

/** Larger files are books, whose thousands of passages would be most of the measure. In bytes. */
const LARGEST = 1_000_000

interface File {
  readonly name: string
  readonly bytes: () => Promise<Uint8Array>
  readonly tuning: boolean
}

async function documentsOf(all: readonly File[]): Promise<OrdinaryDocument[]> {
  const reader = createDocumentReader({ timeoutMs: 120_000 })
  const found: OrdinaryDocument[] = []
  try {
    for (const { name, bytes, tuning } of all) {
      const document = await readable(reader, await bytes(), name)
      if (document === undefined) continue
      found.push({ title: document.properties.title ?? name, ...assemble(document.blocks), tuning })
    }
  } finally {
    await reader.close()
  }
  return found
}

function passagesOf({ title, content, blocks, tuning }: OrdinaryDocument): OrdinaryPassage[] {
  // About as many as the shipped model counts.
  const countTokens = (text: string): number => Math.ceil(text.length / 4)
  return chunk({ title, content, blocks, countTokens, maxTokens: 480 }).map(({ start, end, context }) => {
    return { title, context, text: content.slice(start, end), tuning }
  })
}

async function readable(reader: ReturnType<typeof createDocumentReader>, bytes: Uint8Array, name: string) {
  try {
    return await reader.read(bytes, name)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
