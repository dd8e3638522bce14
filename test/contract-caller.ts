import assert from 'node:assert/strict'
import type { z } from 'zod'
import * as common from './contract-shapes.ts'
import * as shapes from './contract-shapes-documents.ts'
import type { Person } from './people.ts'
import { eventually, type Json, type TestService } from './service.ts'

/** Every route of shared/spec/http-api.md, by its tables. Each must have been asked when the tests are over. */
export const ROUTES = new Set([
  'GET /',
  'GET /docs',
  'GET /openapi.json',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /api/v1/stats',
  'GET /__debug/sqlite',
  'GET /__debug/routes',
  'OPTIONS /*',
  'POST /api/auth/signup',
  'POST /api/auth/login',
  'POST /api/auth/google',
  'GET /api/auth/me',
  'PUT /api/auth/profile',
  'PUT /api/auth/change-password',
  'POST /api/auth/upload-avatar',
  'POST /api/auth/logout',
  'GET /api/users',
  'POST /api/users',
  'DELETE /api/users/{user_id}',
  'PATCH /api/users/{user_id}',
  'GET /api/v1/users/{user_id}/chat-history',
  'GET /api/auth/tokens',
  'POST /api/auth/tokens',
  'DELETE /api/auth/tokens/{id}',
  'POST /api/v1/ask',
  'POST /api/v1/search',
  'POST /api/v1/upload-file',
  'GET /api/v1/documents',
  'GET /api/v1/documents/{id}/content',
  'GET /api/v1/documents/{id}/file',
  'PATCH /api/v1/documents/{id}',
  'POST /api/v1/documents/{id}/reprocess',
  'DELETE /api/v1/documents/{id}',
  'POST /api/documents',
  'GET /api/documents/by-chat/{chat_id}',
  'GET /api/documents/{doc_id}/content',
  'POST /api/v1/scrape-website',
  'POST /api/v1/bulk-scrape-website',
  'GET /api/v1/jobs',
  'GET /api/v1/jobs/{job_id}',
  'POST /api/v1/jobs/{job_id}/cancel',
  'POST /api/v1/jobs/{job_id}/retry',
  'GET /api/v1/jobs/{job_id}/events',
  'PUT /api/v1/settings/system-prompt',
  'GET /api/v1/settings/system-prompt',
  'DELETE /api/v1/settings/system-prompt',
  'POST /api/chat/ask',
  'POST /api/chat/ask/stream',
  'POST /api/chat/{id}/stop',
  'POST /api/chat/{id}/regenerate',
  'GET /api/chat/stream/{answer_message_id}',
  'GET /api/chats',
  'GET /api/my/chats',
  'GET /api/chat/{id}/messages',
  'GET /api/chat/{id}/messages/paged',
  'DELETE /api/chat/{id}',
  'POST /api/chat/{id}/auto-title',
  'POST /api/chat/{id}/title',
  'GET /api/chat/{id}/export',
])

export const BRIDGE =
  'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield, an engineer. ' +
  'About 1,400 men worked on the bridge for eight years.'
export const QUESTION = 'When was the Sydney Harbour Bridge opened?'
export const NOTHING = '01890000-0000-7000-8000-000000000000'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

export interface Call {
  readonly path?: Record<string, string | number>
  readonly query?: string
  readonly body?: object | string
  readonly headers?: Record<string, string>
  /** undefined: Ann's, who is the administrator; null: none. */
  readonly token?: string | null
}

/** What the contract's tests share; each looks at one part of it. */
export interface Contract extends ReturnType<typeof createCaller> {
  readonly ann: Person
  readonly bob: Person
  /** Origin of a site with two pages that the service may read, and of one that it may not. */
  readonly site: string
  readonly hidden: string
  /** About a bridge, and Ann's; '' until there is one. */
  document: string
}

/** Calls of routes by their names in the contract, as Ann unless said otherwise; `asked` are those that were called. */
export function createCaller(service: TestService, ann: Person) {
  const asked = new Set<string>()

  async function call(route: string, { path = {}, query = '', body, headers = {}, token = ann.token }: Call = {}) {
    assert.ok(ROUTES.has(route), `${route} is no route of the contract`)
    asked.add(route)
    const [method, template = ''] = route.split(' ')
    const url = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])))
    const response = await service.app.inject({
      method: method as Method,
      url: `${url.replace('*', 'api/v1/ask')}${query}`,
      headers: { host: '127.0.0.1:8000', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { payload: body }),
    })
    assert.ok(response.headers['x-request-id'], `${route} carries no X-Request-Id`)
    return response
  }

  /** The body of an answer that is well, of the shape that the contract gives it. */
  async function ok(route: string, shape: z.ZodType, options: Call = {}, status = 200): Promise<Json> {
    const response = await call(route, options)
    assert.equal(response.statusCode, status, `${route}: ${response.body}`)
    const body: Json = response.json()
    const parsed = shape.safeParse(body)
    assert.ok(parsed.success, `${route}: ${JSON.stringify(parsed.error?.issues)} in ${response.body.slice(0, 2000)}`)
    return body
  }

  async function fails(route: string, status: number, code: string, options: Call = {}): Promise<Json> {
    const response = await call(route, options)
    const body = common.problem.parse(response.json())
    assert.deepEqual([response.statusCode, body.code], [status, code], `${route}: ${response.body}`)
    assert.equal(body.request_id, response.headers['x-request-id'])
    return body
  }

  const uploaded = async (name: string, content: string, fields: Record<string, string> = {}): Promise<Call> => {
    const form = new FormData()
    for (const [field, value] of Object.entries(fields)) form.set(field, value)
    form.set('file', new Blob([content]), name)
    const encoded = new Response(form)
    const payload = Buffer.from(await encoded.arrayBuffer())
    return { body: payload, headers: { 'content-type': encoded.headers.get('content-type') ?? '' } }
  }
  const whenRead = (id: string) =>
    eventually(
      () => ok('GET /api/v1/documents/{id}/content', shapes.content, { path: { id } }),
      (body) => body.searchable === 'full',
    )

  return { asked, call, ok, fails, uploaded, whenRead }
}

interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** The events of a whole stream; comments are left out. */
export function eventsOf(body: string): StreamEvent[] {
  return body
    .split('\n\n')
    .filter((block) => /^(id|event|data):/m.test(block))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown }
    })
}
