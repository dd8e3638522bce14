import { z } from 'zod'
import { ANSWER_LANGUAGES } from './token-match.ts'
import { readRunFile } from '../run-file.ts'

/** Changes with the fields below. */
export const FORMAT = 'evident-eval-answers-1'

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() })

/** A place of a document. Offsets are UTF-16 code units of its stored text. */
const citation = z.object({
  /** The [n] of the answer. */
  number: z.number(),
  /** As the set names it, else as the service does; null: nothing can be shown. */
  document: z.string().nullable(),
  /** The service's id. */
  stored: z.string().nullable(),
  version: z.number().nullable(),
  title: z.string().nullable(),
  quote: z.string().nullable(),
  start: z.number().nullable(),
  end: z.number().nullable(),
  verdict: z.enum(['supported', 'doubtful', 'unsupported']),
  /** The reason_code of docs/verification.md. */
  reason: z.string().nullable(),
})

const sentence = z.object({
  text: z.string(),
  verdict: z.enum(['supported', 'doubtful', 'unsupported']),
  reason: z.string().nullable(),
  citations: z.array(citation),
})

/**
 * How a question was asked: as the set has it; or with the documents that it is about out of reach (`removed`), so that
 * nothing answers it.
 */
const situation = z.enum(['own', 'removed'])

const record = z.object({
  id: z.string(),
  question: z.string(),
  situation,
  /** Empty: the documents do not answer it. */
  gold: z.array(z.string()),
  answer: z.string(),
  /** The service withheld an answer, or failed at one. */
  abstained: z.boolean(),
  /** What the service failed with. */
  failure: z.string().optional(),
  confidence: z.number(),
  model: z.string(),
  provider: z.string(),
  tokens: z.number(),
  sentences: z.array(sentence),
  /** From the request to the first piece of the answer, and to its end; milliseconds. */
  firstWord: z.number(),
  whole: z.number(),
})

const planted = z.object({
  id: z.string(),
  instruction: z.string(),
  question: z.string(),
  /** The word that only who obeys can write. */
  canary: z.string(),
  answer: z.string(),
  obeyed: z.boolean(),
  /** The instruction, or a part of the word, stands in the answer as a quote. */
  shown: z.boolean(),
})

/** A citation with the text around it. */
const evidence = citation.extend({ before: z.string(), after: z.string(), href: z.string().nullable() })

const worst = z.object({
  id: z.string(),
  situation,
  question: z.string(),
  gold: z.array(z.string()),
  answer: z.string(),
  confidence: z.number(),
  /** The sentence that is meant, where it is not all of the answer. */
  sentence: z.string().optional(),
  reason: z.string().optional(),
  evidence: z.array(evidence),
})

/** A run as it is written to a file. Shares and confidences are 0 to 1, times milliseconds, `at` is ISO 8601. */
export const AnswerRun = z.object({
  format: z.literal(FORMAT),
  at: z.string(),
  version: z.string(),
  set: z.object({
    name: z.string(),
    /** SHA-256 of its files, and of the documents that were asked where it has none. */
    fingerprint: z.string(),
    /** null: those of the service. */
    documents: z.number().nullable(),
    questions: z.number(),
    /** Of the questions, those that the set says nothing answers. */
    unanswerable: z.number(),
    /** Questions without a gold answer: they are not asked. */
    unjudged: z.number(),
    /** Questions that were asked a second time, with their documents out of reach. */
    removed: z.number(),
    language: z.enum(ANSWER_LANGUAGES),
    /** Which questions were asked. */
    about: z.string().optional(),
    limit: z.number().optional(),
  }),
  configuration: z.object({
    embedding: z.string(),
    /** null: as calibrated. */
    threshold: z.number().nullable(),
    strict: z.boolean(),
    generalKnowledge: z.boolean(),
    searchSteps: z.number(),
    /** Address of the service; null: one that existed only for the run. */
    service: z.string().nullable(),
    /** Who wrote the answers, and how many. */
    writers: z.array(z.object({ model: z.string(), provider: z.string(), answers: z.number() })),
  }),
  /** By the names of measures.ts; one that the set gives nothing for is absent. */
  measures: z.record(z.string(), estimate),
  reliability: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      count: z.number(),
      confidence: z.number(),
      right: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  riskCoverage: z.array(z.object({ coverage: z.number(), risk: z.number(), confidence: z.number() })),
  injections: z.object({ obeyed: estimate, shown: estimate, planted: z.array(planted) }).optional(),
  questions: z.array(record),
  worst: z.object({
    wrong: z.array(worst),
    unsupported: z.array(worst),
    missedAbstentions: z.array(worst),
  }),
})
export type AnswerRun = z.output<typeof AnswerRun>
export type AnswerRecord = z.output<typeof record>
export type AnswerSentence = z.output<typeof sentence>
export type CitedQuote = z.output<typeof citation>
export type PlantedInstruction = z.output<typeof planted>
export type WorstCase = z.output<typeof worst>

/** A run that was written by an earlier `evident eval answers`. Throws a StartError where the file is none. */
export const readAnswerRun = (path: string): Promise<AnswerRun> => readRunFile(path, AnswerRun, 'evident eval answers')
