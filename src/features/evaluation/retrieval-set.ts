import { createHash, type Hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { StartError } from '../../core/start-error.ts'
import { fileOf, linesOf, named, problemAt, records } from './set-files.ts'

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
  const documents = await readDocuments(corpus, hash)
  const texts = await readQueries(folder, hash)
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

/** By id. */
export async function readDocuments(folder: string, hash: Hash): Promise<Map<string, SetDocument>> {
  const documents = new Map<string, SetDocument>()
  for await (const { record, key, fail } of records(fileOf(folder, 'corpus.jsonl'), Document, hash)) {
    if (documents.has(key)) throw fail(`the document ${key} is there twice`)
    documents.set(key, { id: key, title: record.title?.trim() ?? '', text: record.text })
  }
  if (documents.size === 0) throw new StartError(`${join(folder, 'corpus.jsonl')} has no documents.`)
  return documents
}

/** Text by id. */
export async function readQueries(folder: string, hash: Hash): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for await (const { record, key, fail } of records(fileOf(folder, 'queries.jsonl'), Query, hash)) {
    if (texts.has(key)) throw fail(`the query ${key} is there twice`)
    texts.set(key, record.text)
  }
  return texts
}

const GRADES = /^[+-]?\d+(?:\.\d+)?$/

/** A header line, then query, document and grade a line, between tabs. */
export async function readGrades(
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
