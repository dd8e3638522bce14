import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { StartError } from '../../core/start-error.ts'

export interface SetDocument {
  readonly id: string
  /** '' where the set gives none. */
  readonly title: string
  readonly text: string
}

export interface SetQuery {
  readonly id: string
  readonly text: string
  /** Grade by document id; only grades above 0, and at least one. */
  readonly relevant: ReadonlyMap<string, number>
  /** What an answer may read like; empty where the set gives none. */
  readonly answers: readonly string[]
}

export interface RetrievalSet {
  /** Name of the folder. */
  readonly name: string
  readonly documents: readonly SetDocument[]
  /** Those that something is relevant to. */
  readonly queries: readonly SetQuery[]
  /** Queries that nothing is relevant to: there is nothing to measure. */
  readonly unjudged: number
  /** SHA-256 of the files: two runs with the same one measured the same. */
  readonly fingerprint: string
}

const id = z.union([z.string().min(1), z.number().transform(String)])
/** BEIR calls it `_id`, others `id`. */
const named = z.looseObject({ id: id.optional(), _id: id.optional() })
const Document = named.extend({ title: z.string().nullish(), text: z.string() })
const Query = named.extend({ text: z.string().regex(/\S/, 'must not be empty') })
const Answers = named.extend({ answers: z.array(z.string()).optional() })

/**
 * Reads a folder of the form that docs/evaluation.md describes. `corpus` is another folder whose documents are searched.
 * Throws a StartError that names the file and the line of what is malformed.
 */
export async function readRetrievalSet(
  folder: string,
  { corpus = folder }: { readonly corpus?: string | undefined } = {},
): Promise<RetrievalSet> {
  const hash = createHash('sha256')
  const documents = new Map<string, SetDocument>()
  for await (const { record, key, fail } of records(fileOf(corpus, 'corpus.jsonl'), Document, hash)) {
    if (documents.has(key)) throw fail(`the document ${key} is there twice`)
    documents.set(key, { id: key, title: record.title?.trim() ?? '', text: record.text })
  }
  if (documents.size === 0) throw new StartError(`${join(corpus, 'corpus.jsonl')} has no documents.`)

  const texts = new Map<string, string>()
  for await (const { record, key, fail } of records(fileOf(folder, 'queries.jsonl'), Query, hash)) {
    if (texts.has(key)) throw fail(`the query ${key} is there twice`)
    texts.set(key, record.text)
  }
  const grades = await readGrades(fileOf(folder, 'qrels.tsv', join('qrels', 'test.tsv')), texts, documents, hash)
  const answers = await readAnswers(folder, texts, hash)

  const queries = [...texts].flatMap(([key, text]): SetQuery[] => {
    const relevant = grades.get(key)
    return relevant === undefined ? [] : [{ id: key, text, relevant, answers: answers.get(key) ?? [] }]
  })
  if (queries.length === 0) throw new StartError(`Nothing in ${folder} says which documents are relevant to a query.`)
  return {
    name: basename(resolve(folder)),
    documents: [...documents.values()],
    queries,
    unjudged: texts.size - queries.length,
    fingerprint: hash.digest('hex'),
  }
}

/** The first of the names that is there. */
function fileOf(folder: string, ...names: readonly [string, ...string[]]): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new StartError(`${folder} is not a folder.`)
  const found = names.map((name) => join(folder, name)).find(existsSync)
  if (found === undefined) throw new StartError(`${folder} has no ${names.join(' and no ')}.`)
  return found
}

const GRADES = /^[+-]?\d+(?:\.\d+)?$/

/** A header line, then query, document and grade a line, between tabs. */
async function readGrades(
  path: string,
  queries: ReadonlyMap<string, unknown>,
  documents: ReadonlyMap<string, unknown>,
  hash: Hash,
): Promise<Map<string, Map<string, number>>> {
  const found = new Map<string, Map<string, number>>()
  for await (const [line, text] of linesOf(path, hash)) {
    const fail = problemAt(path, line)
    const [query = '', document = '', grade = '', ...more] = text.split('\t').map((field) => field.trim())
    if (grade === '' || more.length > 0) throw fail('expected query, document and grade, with a tab between them')
    if (!GRADES.test(grade)) {
      if (line === 1) continue
      throw fail(`the grade ${grade} is not a number`)
    }
    if (!queries.has(query)) throw fail(`queries.jsonl has no query ${query}`)
    if (!documents.has(document)) throw fail(`corpus.jsonl has no document ${document}`)
    const ofQuery = found.get(query) ?? new Map<string, number>()
    if (ofQuery.has(document)) throw fail(`query ${query} has a grade for document ${document} already`)
    if (Number(grade) > 0) found.set(query, ofQuery.set(document, Number(grade)))
  }
  return found
}

/** From the optional file; its lines may also say other things of a query, or of one that is not asked. */
async function readAnswers(
  folder: string,
  queries: ReadonlyMap<string, unknown>,
  hash: Hash,
): Promise<Map<string, readonly string[]>> {
  const path = join(folder, 'answers.jsonl')
  const found = new Map<string, readonly string[]>()
  if (!existsSync(path)) return found
  for await (const { record, key, fail } of records(path, Answers, hash)) {
    if (!queries.has(key)) throw fail(`queries.jsonl has no query ${key}`)
    const answers = (record.answers ?? []).filter((answer) => answer.trim() !== '')
    if (answers.length > 0) found.set(key, answers)
  }
  return found
}

interface Read<T> {
  readonly record: T
  readonly key: string
  readonly fail: (what: string) => StartError
}

async function* records<T extends z.output<typeof named>>(
  path: string,
  schema: z.ZodType<T>,
  hash: Hash,
): AsyncGenerator<Read<T>> {
  for await (const [line, text] of linesOf(path, hash)) {
    const fail = problemAt(path, line)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw fail('is not JSON', error)
    }
    const parsed = schema.safeParse(value)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw fail(`${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'is not valid'}`)
    }
    const key = parsed.data.id ?? parsed.data._id
    if (key === undefined) throw fail('it has no id')
    yield { record: parsed.data, key, fail }
  }
}

const problemAt =
  (path: string, line: number) =>
  (what: string, cause?: unknown): StartError =>
    new StartError(`${path}, line ${line}: ${what}.`, { cause })

/**
 * The lines that are not empty, counted from 1. Not by node:readline, which also ends a line at U+2028, and JSON may hold
 * that as it is.
 */
async function* linesOf(path: string, hash: Hash): AsyncGenerator<[line: number, text: string]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 0
  const decoded = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (error) {
      throw problemAt(path, line + 1)('is not UTF-8, here or a little below', error)
    }
  }
  for await (const bytes of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(bytes)
    const lines = (rest + decoded(bytes)).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) if (++line && text.trim() !== '') yield [line, text]
  }
  rest += decoded()
  if (rest.trim() !== '') yield [line + 1, rest]
}
