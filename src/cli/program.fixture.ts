// The `evident` command over a composition that the tests can see through: the real server and command line, and a
// few routes of the contract whose answers depend on nothing but the request. Run by program.test.ts as a process.
import { z } from 'zod'
import { AppError } from '../core/errors.ts'
import { localAdministrator } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { sendEvents } from '../http/sse.ts'
import { readUpload } from '../http/upload.ts'
import { run } from './program.ts'
import type { Compose } from './serve.ts'

interface FixtureJob {
  state: string
  readonly fails: boolean
  readonly never: boolean
  readonly cancelled: PromiseWithResolvers<void>
}

const compose: Compose = async (config, { logger, cliToken }) => {
  const app = await createApp({
    settings: config.http,
    logger,
    openMode: true,
    authenticate: localAdministrator(cliToken),
  })
  const jobs = new Map<string, FixtureJob>()
  const access = { access: 'user' } as const
  const byId = { params: z.object({ id: z.string() }) }
  const view = (id: string) => {
    const job = jobs.get(id)
    if (job === undefined) throw new AppError('not_found', `There is no job ${id}.`)
    const error = { code: 'document_corrupt', detail: 'The file is damaged.' }
    return { job, body: { id, state: job.state, ...(job.state === 'failed' ? { error } : {}) } }
  }
  app.get('/health/ready', { config: { access: 'public' } }, async () => ({ status: 'ready' }))
  app.get('/health', { config: { access: 'public' } }, async () => ({
    services: { database: 'healthy', milvus: 'not_configured' },
  }))
  app.post(
    '/api/users',
    {
      config: { access: 'admin' },
      schema: { body: z.object({ name: z.string(), email: z.email(), password: z.string().min(8), role: z.string() }) },
    },
    async ({ body }) => ({ user_id: `${body.role} ${body.name} ${body.password.length}` }),
  )
  app.get('/api/v1/stats', { config: access }, async () => ({ documents_count: 0, total_size: 0 }))
  let done = 20
  let next: string | null = null
  const models = () => ({ serving: 'bge-small-en-v1.5', active: next ?? 'bge-small-en-v1.5', next, done, total: 20 })
  app.get('/api/v1/embedding-models', { config: access }, async () => {
    if (next === null) return models()
    done = Math.min(20, done + 10)
    return { ...models(), active: done === 20 ? next : 'bge-small-en-v1.5', next: done === 20 ? null : next }
  })
  app.post(
    '/api/v1/embedding-models/migration',
    { config: access, schema: { body: z.object({ model: z.string() }) } },
    async ({ body }) => {
      if (body.model === 'bge-small-en-v1.5') return models()
      next = body.model
      done = 0
      return { ...models(), active: 'bge-small-en-v1.5' }
    },
  )
  app.get('/api/v1/documents', { config: access }, async () => ({ documents: [], total: 0 }))
  app.get(
    '/slow',
    { config: access },
    async () => new Promise((resolve) => setTimeout(() => resolve('slow but done'), 400)),
  )
  app.post('/api/v1/upload-file', { config: access }, async (request) => {
    const { filename, bytes } = await readUpload(request, { maxBytes: 1000 })
    if (filename.endsWith('.exe')) throw new AppError('unsupported_media_type', 'Programs are not read.')
    const id = `job-${jobs.size}`
    const word = bytes.toString()
    jobs.set(id, {
      state: 'running',
      fails: word === 'corrupt',
      never: word === 'forever' || word === 'of another',
      cancelled: Promise.withResolvers(),
    })
    const known = word === 'known'
    return {
      document_id: `document-${jobs.size}`,
      job_id: known ? null : id,
      chunks: 2,
      job_started: word !== 'of another',
      duplicate: known || word === 'of another',
      warnings: [],
    }
  })
  app.get('/api/v1/jobs', { config: access }, async () => [...jobs.values()].map(({ state }) => state))
  app.get('/api/v1/jobs/:id/events', { config: access, schema: byId }, async (request, reply) => {
    const { job } = view(request.params.id)
    return sendEvents(reply, async function* () {
      yield { event: 'progress', data: { stage: 'parse', done: 0, total: 1, message: '' } }
      if (job.never) await job.cancelled.promise
      else job.state = job.fails ? 'failed' : 'done'
      yield { event: job.state, data: view(request.params.id).body }
    })
  })
  app.post('/api/v1/jobs/:id/cancel', { config: access, schema: byId }, async (request) => {
    const { job } = view(request.params.id)
    job.state = 'cancelled'
    job.cancelled.resolve()
    return view(request.params.id).body
  })
  app.post(
    '/api/v1/search',
    {
      config: access,
      schema: { body: z.object({ query: z.string(), max_results: z.number(), filters: z.unknown().optional() }) },
    },
    async ({ body }) => ({
      filters: body.filters,
      results: [
        {
          document_id: 'a',
          title: `About ${body.query}\u001b[2J`,
          excerpt: 'An excerpt.',
          relevance_score: 0.75,
          chunk_analysis: { top_chunks: [{ content: 'The best passage.', page: 3 }] },
        },
      ].slice(0, body.max_results),
    }),
  )
  app.post(
    '/api/v1/ask',
    { config: access, schema: { body: z.object({ question: z.string(), filters: z.unknown().optional() }) } },
    async ({ body }) => {
      const abstained = body.question.includes('unknown')
      const citation = { id: 1, title: 'A book', page: 7, quote: 'It is so.', verified: true }
      return {
        filters: body.filters,
        answer: abstained ? 'Nothing was found about it.' : 'It is so. [1]',
        abstained,
        confidence: abstained ? 0.1 : 0.9,
        confidence_level: abstained ? 'low' : 'high',
        citations: abstained ? [] : [citation],
      }
    },
  )
  return { app, ready: async () => undefined, setupToken: async () => undefined, close: () => app.close() }
}

process.exitCode = await run(process.argv, async () => ({ compose }))
