import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { StartError } from '../core/start-error.ts'
import { type Comparison, compare } from '../features/evaluation/comparison.ts'
import { DEPTH, evaluate, type Found, SEARCH_TYPES, SHOWN, type SearchType } from '../features/evaluation/evaluate.ts'
import { readRetrievalSet, type RetrievalSet } from '../features/evaluation/retrieval-set.ts'
import { makeRun, readRun, type Run } from '../features/evaluation/run.ts'
import { ANALYZER_ID } from '../index/analyzer.ts'
import { type Client, jsonBody } from './client.ts'
import { printComparison, printRun } from './eval-report.ts'
import { createPhases } from './phases.ts'
import type { ServiceParts } from './serve.ts'
import { addDocuments, hasText } from './set-documents.ts'
import { printLine, type Terminal } from './terminal.ts'
import { withThrowaway } from './throwaway.ts'
import { checkWritable } from './writable.ts'

export interface EvalOptions {
  readonly json: boolean
  /** Folder whose corpus is searched in place of the set's own. */
  readonly corpus?: string
  /** Ways of searching, separated by commas; all of them without it. */
  readonly type?: string
  /** Only so many queries, the first ones. */
  readonly limit?: number
  /** File of an earlier run to compare with. */
  readonly baseline?: string
  /** File to write the run to. */
  readonly output?: string
}

/**
 * `evident eval`: how well search finds what a set of queries with judged documents says it should, over a store that
 * exists only for that. Gives the exit code. Throws a StartError for a malformed set or baseline.
 */
export async function evaluateFolder(
  config: Config,
  folder: string,
  options: EvalOptions,
  parts: () => Promise<ServiceParts>,
  terminal: Terminal,
): Promise<number> {
  const types = searchTypes(options.type)
  // What may be wrong with the files shows before minutes are spent.
  const baseline = options.baseline === undefined ? undefined : await readRun(options.baseline)
  const whole = await readRetrievalSet(folder, { corpus: options.corpus })
  const set = options.limit === undefined ? whole : { ...whole, queries: whole.queries.slice(0, options.limit) }
  if (options.output !== undefined) await checkWritable(options.output)

  // A set judges each document by itself.
  const withCopies = { ...config, search: { ...config.search, hidesNearDuplicates: false } }
  const run = await withThrowaway(withCopies, 'evident eval', await parts(), (client) =>
    measure(client, { config, set, types, limit: options.limit }, terminal),
  )
  const comparison = baseline === undefined ? undefined : compare(run, baseline)
  if (options.output !== undefined)
    await writeFile(options.output, `${JSON.stringify({ ...run, comparison }, null, 2)}\n`)
  print(run, comparison, options, terminal)
  return 0
}

function searchTypes(list: string | undefined): readonly SearchType[] {
  if (list === undefined) return SEARCH_TYPES
  const names = new Set(list.split(',').map((name) => name.trim()))
  const types = SEARCH_TYPES.filter((type) => names.has(type))
  if (types.length === names.size) return types
  throw new StartError(`--type must name some of ${SEARCH_TYPES.join(', ')}.`)
}

function print(run: Run, comparison: Comparison | undefined, { json }: EvalOptions, { out }: Terminal): void {
  if (json) return printLine(out, JSON.stringify({ ...run, comparison }))
  printRun(run, out)
  if (comparison !== undefined) printComparison(comparison, out)
}

interface Task {
  readonly config: Config
  readonly set: RetrievalSet
  readonly types: readonly SearchType[]
  readonly limit: number | undefined
}

const Stats = z.looseObject({ chunks_count: z.number() })
const EmbeddingModels = z.looseObject({ serving: z.string() })

async function measure(client: Client, { config, set, types, limit }: Task, terminal: Terminal): Promise<Run> {
  const { signal } = terminal
  const phases = await createPhases(terminal)
  try {
    const began = performance.now()
    const full = set.documents.filter(hasText)
    const corpusId = await addDocuments(client, full, phases, signal)
    const { serving } = await client.json(EmbeddingModels, '/api/v1/embedding-models', { signal })
    const ingestSeconds = (performance.now() - began) / 1000
    const { chunks_count: passages } = await client.json(Stats, '/api/v1/stats', { signal })
    const asked = phases.begin('queries', set.queries.length)
    const results = await evaluate(set, {
      types,
      search: (query, type, withPassages) => search(client, { query, type, withPassages, corpusId }, signal),
      done: asked,
      signal,
    })
    return makeRun({
      at: new Date(),
      version: config.version,
      set,
      blank: set.documents.length - full.length,
      configuration: {
        model: serving,
        analyzer: ANALYZER_ID,
        passages,
        ...(limit === undefined ? {} : { limit }),
      },
      ingestSeconds,
      results,
    })
  } finally {
    phases.end()
  }
}

const Answer = z.looseObject({
  results: z.array(
    z.looseObject({
      document_id: z.string(),
      chunk_analysis: z.looseObject({ top_chunks: z.array(z.looseObject({ content: z.string() })) }).optional(),
    }),
  ),
  search_statistics: z.looseObject({ processing_time_ms: z.number() }),
})

async function search(
  client: Client,
  {
    query,
    type,
    withPassages,
    corpusId,
  }: {
    readonly query: string
    readonly type: SearchType
    readonly withPassages: boolean
    readonly corpusId: ReadonlyMap<string, string>
  },
  signal: AbortSignal,
): Promise<Found> {
  const body = {
    query,
    search_type: type,
    max_results: DEPTH,
    relevance_threshold: 0,
    include_chunks: withPassages,
  }
  const { results, search_statistics } = await client.json(Answer, '/api/v1/search', jsonBody(body, signal))
  const shown = results.slice(0, SHOWN)
  return {
    documents: results.map(({ document_id: id }) => corpusId.get(id) ?? unknown(id)),
    passages: shown.flatMap(({ chunk_analysis }) => chunk_analysis?.top_chunks.map(({ content }) => content) ?? []),
    milliseconds: search_statistics.processing_time_ms,
  }
}

function unknown(document: string): never {
  throw new Error(`A search found the document ${document}, which nobody added`)
}
