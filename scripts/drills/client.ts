// A client of the HTTP contract, strict about what it reads: an answer that breaks the contract throws.
import { z } from 'zod'

const Upload = z.object({ document_id: z.string(), job_id: z.string().nullish(), status: z.string() })

const Document = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(['queued', 'processing', 'processed', 'failed']),
  error: z.unknown().optional(),
  chunks: z.number(),
  metadata: z.record(z.string(), z.unknown()),
})
export type ListedDocument = z.infer<typeof Document>

const List = z.object({ documents: z.array(Document), total: z.number() })

const Content = z.object({ content: z.string(), version: z.number(), searchable: z.enum(['no', 'words', 'full']) })

const Search = z.object({
  results: z.array(
    z.object({
      document_id: z.string(),
      title: z.string(),
      relevance_score: z.number(),
      chunk_analysis: z
        .object({
          top_chunks: z.array(z.object({ content: z.string(), start_char: z.number(), end_char: z.number() })),
        })
        .optional(),
    }),
  ),
})
export type SearchResult = z.infer<typeof Search>['results'][number]

const Answer = z.object({
  answer: z.string(),
  abstained: z.boolean(),
  confidence: z.number(),
  citations: z.array(
    z.object({
      id: z.number(),
      doc_id: z.string(),
      version: z.number(),
      title: z.string(),
      quote: z.string(),
      start_char: z.number(),
      end_char: z.number(),
    }),
  ),
})

const Job = z.object({ id: z.string(), state: z.string(), document_id: z.string().nullish() })

export type SearchType = 'hybrid' | 'semantic' | 'keyword'

export function apiClient(url: string) {
  async function call<T>(schema: z.ZodType<T>, path: string, init: RequestInit = {}): Promise<T> {
    const response = await fetch(url + path, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return schema.parse(JSON.parse(text))
  }
  const post = <T>(schema: z.ZodType<T>, path: string, body: unknown): Promise<T> =>
    call(schema, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  return {
    upload(filename: string, bytes: Uint8Array<ArrayBuffer>) {
      const form = new FormData()
      form.set('file', new Blob([bytes]), filename)
      return call(Upload, '/api/v1/upload-file', { method: 'POST', body: form })
    },
    addText: (title: string, content: string, metadata: Readonly<Record<string, unknown>> = {}) =>
      post(z.object({ document_id: z.string() }), '/api/documents', { document_title: title, content, metadata }),
    page: (limit: number, offset: number) => call(List, `/api/v1/documents?limit=${limit}&offset=${offset}`),
    async documents(): Promise<ListedDocument[]> {
      const all: ListedDocument[] = []
      for (;;) {
        const { documents } = await call(List, `/api/v1/documents?limit=200&offset=${all.length}`)
        all.push(...documents)
        if (documents.length < 200) return all
      }
    },
    async jobs() {
      const all: z.infer<typeof Job>[] = []
      for (;;) {
        const { jobs } = await call(z.object({ jobs: z.array(Job) }), `/api/v1/jobs?limit=200&offset=${all.length}`)
        all.push(...jobs)
        if (jobs.length < 200) return all
      }
    },
    content: (id: string, version?: number) =>
      call(Content, `/api/v1/documents/${id}/content${version === undefined ? '' : `?version=${version}`}`),
    search: async (query: string, maxResults: number, type: SearchType = 'hybrid', chunks = true) => {
      const body = { query, max_results: maxResults, search_type: type, include_chunks: chunks }
      return (await post(Search, '/api/v1/search', body)).results
    },
    ask: (question: string) => post(Answer, '/api/v1/ask', { question }),
  }
}

export type ApiClient = ReturnType<typeof apiClient>
