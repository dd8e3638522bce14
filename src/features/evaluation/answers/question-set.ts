import { createHash, type Hash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { z } from 'zod'
import { StartError } from '../../../core/start-error.ts'
import { readDocuments, readGrades, readQueries, type SetDocument } from '../retrieval-set.ts'
import { named, records } from '../set-files.ts'

export interface GoldQuestion {
  readonly id: string
  readonly text: string
  /** What a right answer may read like; empty: the documents do not answer it. */
  readonly answers: readonly string[]
  /** Ids of the documents that it is about; empty: the set does not say. */
  readonly documents: readonly string[]
}

export interface QuestionSet {
  readonly name: string
  /** undefined: the set has none, they are somewhere else. */
  readonly documents: readonly SetDocument[] | undefined
  readonly questions: readonly GoldQuestion[]
  /** Questions that the set has no gold answer for. */
  readonly unjudged: number
  /** SHA-256 of the files. */
  readonly fingerprint: string
}

type Read = Omit<QuestionSet, 'name' | 'fingerprint'>

/**
 * Reads questions with gold answers in one of the forms that docs/evaluation.md describes: a folder, SQuAD's JSON, JSON
 * lines or CSV. Throws a StartError that names the file, and the line, of what is malformed.
 */
export async function readQuestionSet(path: string): Promise<QuestionSet> {
  if (!existsSync(path)) throw new StartError(`${path} is not there.`)
  const hash = createHash('sha256')
  const read = await readerFor(path)(path, hash)
  const ids = new Set<string>()
  for (const { id } of read.questions) {
    if (ids.has(id)) throw new StartError(`${path}: the question ${id} is there twice.`)
    ids.add(id)
  }
  if (read.questions.length === 0) throw new StartError(`${path} has no question with a gold answer.`)
  return { name: basename(resolve(path), extname(path)), ...read, fingerprint: hash.digest('hex') }
}

function readerFor(path: string): (path: string, hash: Hash) => Promise<Read> {
  if (statSync(path).isDirectory()) return readFolder
  switch (extname(path).toLowerCase()) {
    case '.json':
      return readSquad
    case '.jsonl':
      return readLines
    case '.csv':
      return readCsv
    default:
      throw new StartError(`${path} is neither a folder nor a .json, .jsonl or .csv file.`)
  }
}

const GoldAnswers = named.extend({ answers: z.array(z.string()).optional() })

/** Documents, queries and answers as a set of search has them; what is relevant says what a question is about. */
async function readFolder(folder: string, hash: Hash): Promise<Read> {
  const documents = await readDocuments(folder, hash)
  const texts = await readQueries(folder, hash)
  const path = join(folder, 'answers.jsonl')
  if (!existsSync(path)) throw new StartError(`${folder} has no answers.jsonl.`)
  const answers = new Map<string, readonly string[]>()
  for await (const { record, key, fail } of records(path, GoldAnswers, hash)) {
    if (!texts.has(key)) throw fail(`queries.jsonl has no query ${key}`)
    if (record.answers !== undefined) answers.set(key, withoutBlank(record.answers))
  }
  const qrels = ['qrels.tsv', join('qrels', 'test.tsv')].map((name) => join(folder, name)).find(existsSync)
  const grades = qrels === undefined ? new Map<string, never>() : await readGrades(qrels, texts, documents, hash)
  const questions = [...texts].flatMap(([id, text]): GoldQuestion[] => {
    const gold = answers.get(id)
    return gold === undefined ? [] : [{ id, text, answers: gold, documents: [...(grades.get(id)?.keys() ?? [])] }]
  })
  return { documents: [...documents.values()], questions, unjudged: texts.size - questions.length }
}

const withoutBlank = (answers: readonly string[]): string[] => [
  ...new Set(answers.filter((answer) => answer.trim() !== '')),
]

const Line = named.extend({
  question: z.string().regex(/\S/, 'must not be empty'),
  answers: z.array(z.string()),
})

async function readLines(path: string, hash: Hash): Promise<Read> {
  const questions: GoldQuestion[] = []
  for await (const { record, key } of records(path, Line, hash)) {
    questions.push({ id: key, text: record.question, answers: withoutBlank(record.answers), documents: [] })
  }
  return { documents: undefined, questions, unjudged: 0 }
}

const Row = z.object({
  id: z.string().optional(),
  question: z.string().regex(/\S/, 'must not be empty'),
  answers: z.string(),
})

/** Columns `question` and `answers`, of which several stand between bars; `id` may be there, else it is the row's number. */
async function readCsv(path: string, hash: Hash): Promise<Read> {
  const { parse, CsvError } = await import('csv-parse/sync')
  const text = await textOf(path, hash)
  let rows: unknown[]
  try {
    rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true })
  } catch (error) {
    if (error instanceof CsvError) throw new StartError(`${path}: ${error.message}.`, { cause: error })
    throw error
  }
  const questions = rows.map((row, i): GoldQuestion => {
    const parsed = Row.safeParse(row)
    if (!parsed.success) throw new StartError(`${path}, row ${i + 1}: ${problemOf(parsed.error)}.`)
    const { id = '', question, answers } = parsed.data
    const gold = withoutBlank(answers.split('|').map((answer) => answer.trim()))
    return { id: id === '' ? String(i + 1) : id, text: question, answers: gold, documents: [] }
  })
  return { documents: undefined, questions, unjudged: 0 }
}

const Squad = z.looseObject({
  data: z.array(
    z.looseObject({
      title: z.string().default(''),
      paragraphs: z.array(
        z.looseObject({
          context: z.string(),
          qas: z.array(
            z.looseObject({
              id: z.union([z.string(), z.number().transform(String)]),
              question: z.string(),
              answers: z.array(z.looseObject({ text: z.string() })).default([]),
              is_impossible: z.boolean().default(false),
            }),
          ),
        }),
      ),
    }),
  ),
})

/** SQuAD 1.1 and 2.0, and what has its form (XQuAD, MLQA …). Each paragraph is a document with the article's title. */
async function readSquad(path: string, hash: Hash): Promise<Read> {
  const text = await textOf(path, hash)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new StartError(`${path} is not JSON.`, { cause: error })
  }
  const parsed = Squad.safeParse(value)
  if (!parsed.success) throw new StartError(`${path} is not in SQuAD's form: ${problemOf(parsed.error)}.`)
  const documents: SetDocument[] = []
  const questions: GoldQuestion[] = []
  for (const [a, { title, paragraphs }] of parsed.data.data.entries()) {
    for (const [p, { context, qas }] of paragraphs.entries()) {
      const document = { id: `a${a}p${p}`, title: title.replaceAll('_', ' '), text: context }
      documents.push(document)
      for (const { id, question, answers, is_impossible: isImpossible } of qas) {
        const gold = isImpossible ? [] : withoutBlank(answers.map((answer) => answer.text))
        questions.push({ id, text: question, answers: gold, documents: [document.id] })
      }
    }
  }
  if (documents.length === 0) throw new StartError(`${path} has no paragraph.`)
  return { documents, questions, unjudged: 0 }
}

async function textOf(path: string, hash: Hash): Promise<string> {
  const bytes = await readFile(path)
  hash.update(bytes)
  return bytes.toString('utf8')
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`
}

export interface Choice {
  /** Only questions whose id, or that of a document that they are about, matches. */
  readonly about?: string | undefined
  /** Only so many, the first ones. */
  readonly limit?: number | undefined
}

/** The questions that are to be asked; all documents stay. Throws a StartError where none is left. */
export function chosen(set: QuestionSet, { about, limit }: Choice): QuestionSet {
  let matches: RegExp
  try {
    matches = new RegExp(about ?? '', 'u')
  } catch (error) {
    throw new StartError(`--about is not a regular expression: ${about}`, { cause: error })
  }
  const questions = set.questions
    .filter(({ id, documents }) => [id, ...documents].some((name) => matches.test(name)))
    .slice(0, limit)
  if (questions.length === 0) throw new StartError(`--about ${about} leaves no question.`)
  return { ...set, questions }
}
