import type { UserId } from '../../core/ids.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { ResultCache } from '../../database/result-cache.ts'
import { jsonForm, type TextForm } from '../../database/result-text.ts'
import { searchResponse, type SearchOutcome } from './presenter.ts'
import * as schemas from './schemas.ts'
import type { RetrievalService } from './service.ts'

type Response = ReturnType<typeof searchResponse>

export interface SearchAsked {
  readonly owner: UserId
  /** As the route reads it: all that a response depends on besides the documents. */
  readonly request: SearchOutcome['request']
  /** Checks a response against its schema and writes it as JSON. */
  readonly write: (response: Response) => string
}

/**
 * A response as it is kept: `search_statistics.processing_time_ms`, which is each request's own, comes between. As bytes,
 * since a text with one character beyond Latin-1 takes three times as long to write to a connection (.26 ms for 30 kB).
 */
interface Kept {
  readonly before: Buffer
  readonly after: Buffer
}

/**
 * Searches, and gives the response as the bytes of the JSON that is sent. The same search again costs neither finding nor
 * presenting nor checking anything: marking the words of a query in thirty texts takes as long as finding them.
 */
export function cachedSearch(
  search: RetrievalService['searchDocuments'],
  results: ResultCache,
  /** Names the models that results depend on. */
  models: () => readonly string[],
) {
  return async ({ owner, request, write }: SearchAsked, options: CallOptions): Promise<Buffer> => {
    const startedAt = performance.now()
    const key = ['search', ...models(), request]
    const { value } = await results.through<Kept>(owner, key, keptForm(write), async () => {
      const found = await search(
        { owner, documents: request.document_ids, filter: request.filters },
        {
          query: request.query,
          type: request.search_type,
          limit: request.max_results,
          threshold: request.relevance_threshold,
          chunkSize: request.chunk_size,
        },
        options,
      )
      const kept = withoutTime(write(searchResponse({ request, ...found })))
      // What was done without a part that was away is better a moment later.
      const isWhole = found.failures.length === 0
      return { value: kept, weight: isWhole ? kept.before.length + kept.after.length : undefined }
    })
    return Buffer.concat([value.before, Buffer.from(String(performance.now() - startedAt)), value.after])
  }
}

/** With a time, as a response that can be checked against its schema. */
const keptForm = (write: SearchAsked['write']): TextForm<Kept> => ({
  write: ({ before, after }) => `${before.toString()}0${after.toString()}`,
  read(text) {
    const response = ResponseText.read(text)
    return response && withoutTime(write(response))
  },
})

const ResponseText = jsonForm(schemas.searchResponse)

/** After it come the engine's name and a message of ours: whatever texts and metadata say, the last one is the field. */
function withoutTime(json: string): Kept {
  const at = json.lastIndexOf(TIME)
  if (at === -1) throw new Error('A response without its time')
  const start = at + TIME.length
  const number = /[^,}]*/y
  number.lastIndex = start
  number.exec(json)
  return { before: Buffer.from(json.slice(0, start)), after: Buffer.from(json.slice(number.lastIndex)) }
}

const TIME = '"processing_time_ms":'
