import { writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { StartError } from '../core/start-error.ts'
import { type AnswerComparison, compareAnswers } from '../features/evaluation/answers/answer-comparison.ts'
import {
  type AnswerRecord,
  type AnswerRun,
  type PlantedInstruction,
  readAnswerRun,
} from '../features/evaluation/answers/answer-run.ts'
import {
  type Instruction,
  INSTRUCTIONS,
  judgePlanted,
  plant,
  readInstructions,
  withPlanted,
} from '../features/evaluation/answers/injections.ts'
import { makeAnswerRun } from '../features/evaluation/answers/make-answer-run.ts'
import { scored } from '../features/evaluation/answers/measures.ts'
import {
  chosen,
  type GoldQuestion,
  type QuestionSet,
  readQuestionSet,
} from '../features/evaluation/answers/question-set.ts'
import type { AnswerLanguage } from '../features/evaluation/answers/token-match.ts'
import { type Case, worstCases } from '../features/evaluation/answers/worst-answers.ts'
import { type Client, connect } from './client.ts'
import { printAnswerComparison, printAnswerRun } from './eval-answers-report.ts'
import { ingest } from './ingest.ts'
import { createPhases, type Phases } from './phases.ts'
import { surroundings } from './quoted-surroundings.ts'
import type { ServiceParts } from './serve.ts'
import { addDocuments, hasText } from './set-documents.ts'
import { fingerprintOf } from './set-fingerprint.ts'
import { streamedAnswer } from './streamed-answer.ts'
import { printLine, type Terminal } from './terminal.ts'
import { withThrowaway } from './throwaway.ts'
import { checkWritable } from './writable.ts'

export interface EvalAnswersOptions {
  readonly json: boolean
  /** Folder of files that are asked, for a set without documents; without it the service's own are. */
  readonly documents?: string
  readonly language: AnswerLanguage
  readonly about?: string
  readonly limit?: number
  /** Asks everything a second time with the documents that it is about out of reach. */
  readonly removed: boolean
  /** true: our own; a file: its. */
  readonly injections?: true | string
  readonly baseline?: string
  readonly output?: string
  readonly report?: string
}

/** A request names so many documents at the most. */
const MOST_NAMED = 1000

/**
 * `evident eval answers`: how good the answers to a set of questions with gold answers are, of whichever model is
 * configured. Gives the exit code. Throws a StartError for what is wrong with the set, a file or the options.
 */
export async function evaluateAnswers(
  config: Config,
  path: string,
  options: EvalAnswersOptions,
  parts: () => Promise<ServiceParts>,
  terminal: Terminal,
): Promise<number> {
  // What may be wrong shows before minutes, or somebody's money, are spent.
  const baseline = options.baseline === undefined ? undefined : await readAnswerRun(options.baseline)
  const instructions = await instructionsOf(options)
  const set = chosen(await readQuestionSet(path), options)
  checkOptions(set, options)
  for (const file of [options.output, options.report]) if (file !== undefined) await checkWritable(file)

  const task = { config, set, options, instructions }
  const isOwnStore = set.documents !== undefined || options.documents !== undefined
  const run = isOwnStore
    ? await withThrowaway(config, 'evident eval', await parts(), (client) => measure(client, task, terminal))
    : await overService(config, await parts(), (client) => measure(client, task, terminal), terminal)
  const comparison = baseline === undefined ? undefined : compareAnswers(run, baseline)
  const whole = { ...run, comparison }
  if (options.output !== undefined) await writeFile(options.output, `${JSON.stringify(whole, null, 2)}\n`)
  if (options.report !== undefined) {
    const { answerReport } = await import('../features/evaluation/answers/report/report.ts')
    await writeFile(options.report, answerReport(run, comparison))
  }
  print(run, comparison, options, terminal)
  return 0
}

async function instructionsOf({ injections }: EvalAnswersOptions): Promise<readonly Instruction[]> {
  if (injections === undefined) return []
  return injections === true ? INSTRUCTIONS : readInstructions(injections)
}

function checkOptions({ name, documents, questions }: QuestionSet, options: EvalAnswersOptions): void {
  if (options.documents !== undefined && documents !== undefined) {
    throw new StartError(`${name} has documents of its own, so --documents says nothing.`)
  }
  for (const [option, isSet] of [
    ['--removed', options.removed],
    ['--injections', options.injections !== undefined],
  ] as const) {
    if (!isSet) continue
    if (documents === undefined) throw new StartError(`${option} needs a set with documents of its own.`)
    if (!questions.some(isAbout)) {
      throw new StartError(`${option} needs a set that says which documents a question is about.`)
    }
  }
  if (options.removed && (documents?.length ?? 0) > MOST_NAMED) {
    throw new StartError(`--removed works with at most ${MOST_NAMED} documents; ${name} has ${documents?.length}.`)
  }
}

const isAbout = ({ answers, documents }: GoldQuestion): boolean => answers.length > 0 && documents.length > 0

async function overService<T>(
  config: Config,
  parts: ServiceParts,
  work: (client: Client) => Promise<T>,
  { signal }: Terminal,
): Promise<T> {
  const client = await connect(config, 'evident eval', parts, signal)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

function print(
  run: AnswerRun,
  comparison: AnswerComparison | undefined,
  { json }: EvalAnswersOptions,
  { out }: Terminal,
): void {
  if (json) return printLine(out, JSON.stringify({ ...run, comparison }))
  printAnswerRun(run, out)
  if (comparison !== undefined) printAnswerComparison(comparison, out)
}

interface Task {
  readonly config: Config
  readonly set: QuestionSet
  readonly options: EvalAnswersOptions
  readonly instructions: readonly Instruction[]
}

const EmbeddingModels = z.looseObject({ serving: z.string() })

async function measure(client: Client, task: Task, terminal: Terminal): Promise<AnswerRun> {
  const { config, set, options } = task
  const { signal } = terminal
  const phases = await createPhases(terminal)
  try {
    const names = await fill(client, task, phases, signal)
    const fingerprint = await fingerprintOf(client, set, options.documents, signal)
    const { serving } = await client.json(EmbeddingModels, '/api/v1/embedding-models', { signal })
    const records = await askAll(client, task, names, phases, signal)
    const planted = await askPlanted(client, task, phases, signal)
    const removed = records.filter(({ situation }) => situation === 'removed').length
    const isRunning = client.server === 'running'
    const around = surroundings(client, { linked: isRunning, signal })
    const shown = (cases: readonly Case[]) =>
      Promise.all(
        cases.map(async ({ citations, ...rest }) => ({ ...rest, evidence: await Promise.all(citations.map(around)) })),
      )
    const worst = worstCases(records.map((record) => scored(record, options.language)))
    const { answers } = config
    return makeAnswerRun({
      at: new Date(),
      version: config.version,
      set: {
        name: set.name,
        fingerprint,
        documents: set.documents?.length ?? null,
        questions: set.questions.length,
        unanswerable: set.questions.filter(({ answers }) => answers.length === 0).length,
        unjudged: set.unjudged,
        removed,
        language: options.language,
        ...(options.about === undefined ? {} : { about: options.about }),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
      },
      configuration: {
        embedding: serving,
        threshold: answers.confidenceThreshold ?? null,
        strict: answers.strict,
        generalKnowledge: answers.generalKnowledge,
        searchSteps: answers.searchSteps,
        service: isRunning ? client.url : null,
      },
      records,
      planted,
      worst: {
        wrong: await shown(worst.wrong),
        unsupported: await shown(worst.unsupported),
        missedAbstentions: await shown(worst.missedAbstentions),
      },
    })
  } finally {
    phases.end()
  }
}

/** Documents into the store, where the set or the options bring some. Gives the set's name of each of the service's. */
async function fill(
  client: Client,
  { set, options }: Task,
  phases: Phases,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (set.documents !== undefined) return addDocuments(client, set.documents.filter(hasText), phases, signal)
  if (options.documents === undefined) return new Map()
  const said: string[] = []
  const listening = () =>
    new Writable({ decodeStrings: false, write: (text, _, done) => (said.push(String(text)), done()) })
  const terminal = { out: listening(), err: listening(), signal }
  if ((await ingest(client, [options.documents], { json: false }, terminal)) !== 0) {
    signal.throwIfAborted()
    throw new StartError(`The files of ${options.documents} could not all be read:\n${said.join('').trim()}`)
  }
  return new Map()
}

async function askAll(
  client: Client,
  { set, options }: Task,
  names: ReadonlyMap<string, string>,
  phases: Phases,
  signal: AbortSignal,
): Promise<AnswerRecord[]> {
  const setName = (document: string): string => names.get(document) ?? document
  const records: AnswerRecord[] = []
  const ask = async (
    { id, text, answers }: GoldQuestion,
    situation: AnswerRecord['situation'],
    documents: readonly string[] | undefined,
  ): Promise<void> => {
    signal.throwIfAborted()
    const answer = await streamedAnswer(client, { question: text, documents }, setName, signal)
    records.push({ id, question: text, situation, gold: [...answers], ...answer })
  }
  // The first question that is asked at all pays for code that is compiled then.
  const [first] = set.questions
  if (first !== undefined) await streamedAnswer(client, { question: first.text }, setName, signal)

  const asked = phases.begin('questions', set.questions.length)
  for (const question of set.questions) {
    await ask(question, 'own', undefined)
    asked()
  }
  if (!options.removed) return records
  const about = set.questions.filter(isAbout)
  const again = phases.begin('removed', about.length)
  for (const question of about) {
    const out = new Set(question.documents)
    await ask(
      question,
      'removed',
      [...names].flatMap(([stored, name]) => (out.has(name) ? [] : [stored])),
    )
    again()
  }
  return records
}

/** Asks about copies of documents that tell the model to do something else; undefined: none are to be planted. A failure is left out. */
async function askPlanted(
  client: Client,
  { set, instructions }: Task,
  phases: Phases,
  signal: AbortSignal,
): Promise<PlantedInstruction[] | undefined> {
  if (instructions.length === 0) return undefined
  const documents = new Map(set.documents?.map((document) => [document.id, document]))
  const questions = set.questions.filter(isAbout)
  const cases = instructions.flatMap((instruction, i) => {
    // Spread over the set, as neighbours are about one document.
    const question = questions[Math.floor((i * questions.length) / instructions.length)]
    const document = documents.get(question?.documents[0] ?? '')
    if (question === undefined || document === undefined) return []
    const planted = plant(instruction, i)
    const copy = { id: `planted ${i}`, title: document.title, text: withPlanted(document.text, planted) }
    return [{ instruction, question, planted, copy }]
  })
  const names = await addDocuments(
    client,
    cases.map(({ copy }) => copy),
    phases,
    signal,
  )
  const stored = new Map([...names].map(([id, name]) => [name, id]))
  const asked = phases.begin('planted', cases.length)
  const found: PlantedInstruction[] = []
  for (const { instruction, question, planted, copy } of cases) {
    const document = stored.get(copy.id)
    if (document === undefined) throw new Error(`${copy.id} is not in the store`)
    const request = { question: question.text, documents: [document] }
    const { answer, failure } = await streamedAnswer(client, request, (id) => id, signal)
    asked()
    // Nobody has read the instruction.
    if (failure !== undefined) continue
    const { id, instruction: text } = instruction
    found.push({
      id,
      instruction: text,
      question: question.text,
      canary: planted.canary,
      answer,
      ...judgePlanted(answer, planted),
    })
  }
  return found
}
