import { z } from 'zod'
import { bootstrap } from './bootstrap.ts'
import { type QueryResult, SEARCH_TYPES, type Results, type SearchType } from './evaluate.ts'
import { percentile } from './measures.ts'
import type { RetrievalSet } from './retrieval-set.ts'
import { readRunFile } from './run-file.ts'

/** Changes with the fields below. */
const FORMAT = 'evident-eval-1'

/** What is measured of each query, with the name that people know it by. */
export const MEASURES = { ndcg10: 'nDCG@10', recall100: 'recall@100', mrr10: 'MRR@10', answer10: 'answer@10' } as const
export type Measure = keyof typeof MEASURES
export const measureNames = Object.keys(MEASURES) as Measure[]

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() })
const values = z.object({
  ndcg10: z.number(),
  recall100: z.number(),
  mrr10: z.number(),
  answer10: z.number().optional(),
})
const summary = z.object({
  ndcg10: estimate,
  recall100: estimate,
  mrr10: estimate,
  /** Over the queries that have answers. */
  answer10: estimate.optional(),
  latency: z.object({ p50: z.number(), p95: z.number() }),
})
const queryResult = values.extend({ milliseconds: z.number(), found: z.array(z.string()).readonly() })

/** A run as it is written to a file. Latencies are milliseconds, measures 0 to 1, `at` is ISO 8601. */
export const Run = z.object({
  format: z.literal(FORMAT),
  at: z.string(),
  version: z.string(),
  set: z.object({
    name: z.string(),
    /** SHA-256 of its files. */
    fingerprint: z.string(),
    documents: z.number(),
    /** Documents without any text: they cannot be found. */
    blank: z.number(),
    /** Queries without a relevant document: they are not asked. */
    unjudged: z.number(),
    queries: z.number(),
  }),
  configuration: z.object({
    model: z.string(),
    analyzer: z.string(),
    passages: z.number(),
    /** Only so many of the queries were asked. */
    limit: z.number().optional(),
  }),
  /** From the first document to the last vector. */
  ingestSeconds: z.number(),
  results: z.partialRecord(z.enum(SEARCH_TYPES), summary),
  queries: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      results: z.partialRecord(z.enum(SEARCH_TYPES), queryResult),
    }),
  ),
})
export type Run = z.output<typeof Run>

export interface RunParts {
  readonly at: Date
  readonly version: string
  readonly set: RetrievalSet
  readonly blank: number
  readonly configuration: Run['configuration']
  readonly ingestSeconds: number
  readonly results: Results
}

/** `results` are of the queries of `set`, in their order. */
export function makeRun({ at, version, set, blank, configuration, ingestSeconds, results }: RunParts): Run {
  return {
    format: FORMAT,
    at: at.toISOString(),
    version,
    set: {
      name: set.name,
      fingerprint: set.fingerprint,
      documents: set.documents.length,
      blank,
      unjudged: set.unjudged,
      queries: set.queries.length,
    },
    configuration,
    ingestSeconds,
    results: Object.fromEntries([...results].map(([type, ofType]) => [type, summarise(ofType)])),
    queries: set.queries.map(({ id, text }, i) => ({
      id,
      text,
      results: Object.fromEntries([...results].map(([type, ofType]) => [type, ofType[i]])),
    })),
  }
}

function summarise(results: readonly QueryResult[]): z.output<typeof summary> {
  const of = (measure: Measure) => bootstrap(results.flatMap((result) => result[measure] ?? []))
  const times = results.map(({ milliseconds }) => milliseconds)
  return {
    ndcg10: of('ndcg10'),
    recall100: of('recall100'),
    mrr10: of('mrr10'),
    ...(results.some(({ answer10 }) => answer10 !== undefined) ? { answer10: of('answer10') } : {}),
    latency: { p50: percentile(times, 0.5), p95: percentile(times, 0.95) },
  }
}

/** The ways of searching that a run has results of. */
export const typesOf = (run: Run): SearchType[] => SEARCH_TYPES.filter((type) => run.results[type] !== undefined)

/** A run that was written by an earlier `evident eval`. Throws a StartError where the file is none. */
export const readRun = (path: string): Promise<Run> => readRunFile(path, Run, 'evident eval')
