import { z } from 'zod'
import type { JobId } from '../../core/ids.ts'
import { ownerOf } from '../../http/access.ts'
import { eventStream } from '../../http/api-docs.ts'
import type { App } from '../../http/app.ts'
import { jobId } from '../../http/job-ids.ts'
import { sendEvents, type ServerEvent } from '../../http/sse.ts'
import { forUser } from '../../http/user-ids.ts'
import type { Job, JobEvent } from './job-types.ts'
import type { JobRunner } from './runner.ts'

const jobView = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  stage: z.string(),
  done: z.number().int(),
  total: z.number().int(),
  message: z.string(),
  attempts: z.number().int(),
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
  document_id: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
})

const present = (job: Job): z.input<typeof jobView> => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  stage: job.stage,
  done: job.done,
  total: job.total,
  message: job.message,
  attempts: job.attempts,
  ...(job.error === null ? {} : { error: job.error }),
  ...(job.documentId === null ? {} : { document_id: job.documentId }),
  created_at: job.createdAt,
  updated_at: job.updatedAt,
})

export function jobRoutes(app: App, { runner }: { runner: JobRunner }): void {
  const tags = ['Jobs']
  const byId = z.object({ job_id: jobId })

  app.get(
    '/api/v1/jobs',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'List jobs, newest first',
        querystring: forUser.extend({
          limit: z.coerce.number().int().min(1).max(200).default(50),
          offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
        }),
        response: { 200: z.object({ jobs: z.array(jobView), total: z.number().int() }) },
      },
    },
    async (request) => {
      const { limit, offset, user_id } = request.query
      const { jobs, total } = await runner.list(ownerOf(request, user_id), limit, offset)
      return { jobs: jobs.map(present), total }
    },
  )

  app.get(
    '/api/v1/jobs/:job_id',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'One job', params: byId, querystring: forUser, response: { 200: jobView } },
    },
    async (request) => present(await runner.get(ownerOf(request, request.query.user_id), request.params.job_id)),
  )

  app.post(
    '/api/v1/jobs/:job_id/cancel',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Cancel a job', params: byId, querystring: forUser, response: { 200: jobView } },
    },
    async (request) => present(await runner.cancel(ownerOf(request, request.query.user_id), request.params.job_id)),
  )

  app.post(
    '/api/v1/jobs/:job_id/retry',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Try a failed or cancelled job again',
        params: byId,
        querystring: forUser,
        response: { 200: jobView },
      },
    },
    async (request) => present(await runner.retry(ownerOf(request, request.query.user_id), request.params.job_id)),
  )

  app.get(
    '/api/v1/jobs/:job_id/events',
    {
      config: { access: 'user', uncounted: true },
      schema: {
        tags,
        summary: 'Progress of a job as server-sent events',
        params: byId,
        querystring: forUser,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      // Refused before the stream begins, while there is a status to refuse with.
      const { id } = await runner.get(ownerOf(request, request.query.user_id), request.params.job_id)
      return sendEvents(reply, (signal) => jobEvents(runner, id, signal))
    },
  )
}

/** From the job's present state to its end. A slow reader gets the newest state, not every one. */
async function* jobEvents(runner: JobRunner, id: JobId, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  let latest: JobEvent | undefined
  let heard = Promise.withResolvers<void>()
  const end = runner.subscribe(id, (event) => {
    latest = event
    heard.resolve()
  })
  const stop = (): void => heard.resolve()
  signal.addEventListener('abort', stop, { once: true })
  try {
    while (!signal.aborted) {
      await heard.promise
      heard = Promise.withResolvers()
      const event = latest
      latest = undefined
      if (event === undefined) continue
      yield serverEvent(event)
      if (event.type !== 'progress') return
    }
  } finally {
    signal.removeEventListener('abort', stop)
    end()
  }
}

function serverEvent(event: JobEvent): ServerEvent {
  if (event.type !== 'progress') return { event: event.type, data: present(event.job) }
  const { stage, done, total, message } = event
  return { event: 'progress', data: { stage, done, total, message } }
}
