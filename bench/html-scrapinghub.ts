import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Readability } from '@mozilla/readability'
import type { Block } from '../src/core/documents.ts'
import { parseDom } from '../src/adapters/parsers/dom.ts'
import { mainText } from '../src/adapters/parsers/html/main-text.ts'
import { withoutDeepNesting } from '../src/adapters/parsers/html-nesting.ts'
import { DATA } from './retrieval-sets.ts'

export const FOLDER = join(DATA, 'html-scrapinghub')
export const hasPages = existsSync(FOLDER)

/** Rules were made on pages whose id begins with a digit below 8; the others are the measure. */
export type Half = 'tuned on' | 'held out'
export const METHODS = ['raw text', 'Readability alone', 'ours'] as const
export type Method = (typeof METHODS)[number]

export interface Scores {
  readonly f1: number
  readonly precision: number
  readonly recall: number
  /** Processor time of the thread, the better of two runs of each page: other work on the machine does not count. */
  readonly milliseconds: number
}

interface Page {
  readonly half: Half
  readonly html: string
  readonly truth: string
}

const readPages = async (): Promise<readonly Page[]> => {
  const lines = (await readFile(join(FOLDER, 'items.jsonl'), 'utf8')).trim().split('\n')
  return Promise.all(
    lines.map(async (line) => {
      const { id, html, text } = JSON.parse(line) as { id: string; html: string; text: string }
      const source = gunzipSync(await readFile(join(FOLDER, html))).toString('utf8')
      return {
        half: Number.parseInt(id.charAt(0), 16) < 8 ? 'tuned on' : 'held out',
        html: source,
        truth: text,
      } as const
    }),
  )
}

const shown = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => (block.kind === 'table' ? block.rows.map((row) => row.join(' | ')).join('\n') : block.text))
    .join('\n\n')

/** Its own types need the DOM library. */
type Reader = new (document: unknown) => { parse(): { readonly textContent?: string | null } | null }

const extract: Readonly<Record<Method, (html: string) => string>> = {
  'raw text': (html) => parseDom(html).documentElement?.textContent ?? '',
  'Readability alone': (html) => new (Readability as unknown as Reader)(parseDom(html)).parse()?.textContent ?? '',
  ours: (html) => {
    const page = withoutDeepNesting(html)
    return shown(mainText(parseDom(page), () => parseDom(page)).blocks)
  },
}

const SHINGLE = 4

/** Runs of four words with their counts; a shorter text is one run. */
const shingles = (text: string): ReadonlyMap<string, number> => {
  const words = text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []
  const counts = new Map<string, number>()
  const add = (shingle: string): void => void counts.set(shingle, (counts.get(shingle) ?? 0) + 1)
  for (let at = 0; at + SHINGLE <= words.length; at += 1) add(words.slice(at, at + SHINGLE).join(' '))
  if (words.length > 0 && words.length < SHINGLE) add(words.join(' '))
  return counts
}

/** True positives, false positives and false negatives of a page, divided by their sum. */
const compare = (truth: string, found: string): readonly [tp: number, fp: number, fn: number] => {
  const wanted = shingles(truth)
  const got = shingles(found)
  let [tp, fp, fn] = [0, 0, 0]
  for (const [shingle, count] of got) {
    const both = Math.min(count, wanted.get(shingle) ?? 0)
    tp += both
    fp += count - both
  }
  for (const [shingle, count] of wanted) fn += Math.max(0, count - (got.get(shingle) ?? 0))
  const sum = tp + fp + fn || 1
  return [tp / sum, fp / sum, fn / sum]
}

const timed = (run: () => string): { readonly text: string; readonly milliseconds: number } => {
  const before = process.threadCpuUsage()
  const text = run()
  const { user, system } = process.threadCpuUsage(before)
  return { text, milliseconds: (user + system) / 1_000 }
}

/**
 * F1 as the data's README defines it, for each method and each of these halves, and the time that the method took.
 * `every`: of every so many of their pages.
 */
export const measureMainText = async <H extends Half>(
  halves: readonly H[],
  every = 1,
): Promise<Readonly<Record<H, Readonly<Record<Method, Scores>>>>> => {
  const pages = await readPages()
  // The first pages warm the compiler up for every method alike.
  for (const page of pages.slice(0, 20)) for (const method of METHODS) extract[method](page.html)
  const half = (which: Half): Record<Method, Scores> => {
    const totals = Object.fromEntries(
      METHODS.map((method) => [method, { tp: 0, fp: 0, fn: 0, milliseconds: 0 }]),
    ) as Record<Method, { tp: number; fp: number; fn: number; milliseconds: number }>
    for (const page of pages.filter((each) => each.half === which).filter((_, i) => i % every === 0)) {
      for (const method of METHODS) {
        const { text, milliseconds } = timed(() => extract[method](page.html))
        const total = totals[method]
        total.milliseconds += Math.min(milliseconds, timed(() => extract[method](page.html)).milliseconds)
        const [tp, fp, fn] = compare(page.truth, text)
        total.tp += tp
        total.fp += fp
        total.fn += fn
      }
    }
    const scores = METHODS.map((method) => {
      const { tp, fp, fn, milliseconds } = totals[method]
      return [
        method,
        { f1: (2 * tp) / (2 * tp + fp + fn), precision: tp / (tp + fp), recall: tp / (tp + fn), milliseconds },
      ]
    })
    return Object.fromEntries(scores) as Record<Method, Scores>
  }
  return Object.fromEntries(halves.map((which) => [which, half(which)])) as Record<H, Record<Method, Scores>>
}
