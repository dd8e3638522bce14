import { ndcg, recall, reciprocalRank } from './measures.ts'
import type { RetrievalSet, SetQuery } from './retrieval-set.ts'

export const SEARCH_TYPES = ['keyword', 'semantic', 'hybrid'] as const
export type SearchType = (typeof SEARCH_TYPES)[number]

/** Results of a search: as many as the deepest measure looks at. */
export const DEPTH = 100
/** Documents of a result that a person sees, and that the other measures look at. */
export const SHOWN = 10

export interface Found {
  /** Ids of the set's documents without repetition, in the order of each one's best passage. */
  readonly documents: readonly string[]
  /** The passages that were shown of the first `SHOWN` documents; empty where nobody asks for them. */
  readonly passages: readonly string[]
  /** Of the search in the service, with the embedding of the query. */
  readonly milliseconds: number
}

/** What one search of one query is worth, 0 to 1. */
export interface QueryResult {
  readonly ndcg10: number
  readonly recall100: number
  readonly mrr10: number
  /** Whether an answer stands in the passages shown of the first ten documents; absent where the set has none. */
  readonly answer10?: number
  readonly milliseconds: number
  /** The first ten documents. */
  readonly found: readonly string[]
}

export interface EvaluateOptions {
  readonly types: readonly SearchType[]
  readonly search: (query: string, type: SearchType, withPassages: boolean) => Promise<Found>
  readonly done?: () => void
  readonly signal: AbortSignal
}

export type Results = ReadonlyMap<SearchType, readonly QueryResult[]>

/** Searches before the first that is measured: code is compiled while it runs the first times. */
const WARM_UP = 10

/** Asks one query after the other, each in every way; gives the results of each way in the order of the queries. */
export async function evaluate(
  { queries }: Pick<RetrievalSet, 'queries'>,
  { types, search, done, signal }: EvaluateOptions,
): Promise<Results> {
  for (const { text } of queries.slice(0, WARM_UP)) {
    for (const type of types) {
      signal.throwIfAborted()
      await search(text, type, false)
    }
  }
  const results = new Map(types.map((type) => [type, [] as QueryResult[]]))
  for (const [i, query] of queries.entries()) {
    // In turns, so that none always finds what the one before it has warmed.
    for (let turn = 0; turn < types.length; turn++) {
      signal.throwIfAborted()
      const type = types[(i + turn) % types.length] as SearchType
      results.get(type)?.push(measured(query, await search(query.text, type, query.answers.length > 0)))
    }
    done?.()
  }
  return results
}

function measured({ relevant, answers }: SetQuery, { documents, passages, milliseconds }: Found): QueryResult {
  return {
    ndcg10: ndcg(documents, relevant, SHOWN),
    recall100: recall(documents, relevant, DEPTH),
    mrr10: reciprocalRank(documents, relevant, SHOWN),
    ...(answers.length === 0 ? {} : { answer10: holdsOneOf(answers, passages) ? 1 : 0 }),
    milliseconds,
    found: documents.slice(0, SHOWN),
  }
}

/** Letter by letter, but for case and the kind of white space. */
function holdsOneOf(answers: readonly string[], passages: readonly string[]): boolean {
  const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
  const text = passages.map(plain).join('\n')
  return answers.some((answer) => text.includes(plain(answer)))
}
