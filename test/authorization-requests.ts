// What the authorization matrix sends to each route: a valid request, so that only who asks decides about the answer.
import type { InjectOptions } from 'fastify'
import { PASSWORD } from './people.ts'

/** What an id in a path is of. */
export type Kind = 'document' | 'job' | 'crawl' | 'chat' | 'message' | 'token' | 'user' | 'avatar'

export type Ids = Readonly<Record<Kind, string>>

const KINDS: readonly [RegExp, Kind][] = [
  [/\/by-chat\/:/, 'chat'],
  [/\/documents\/:/, 'document'],
  [/\/jobs\/:/, 'job'],
  [/\/bulk-scrape-website\/:/, 'crawl'],
  [/\/chat\/stream\/:/, 'message'],
  [/\/chat\/:/, 'chat'],
  [/\/auth\/tokens\/:/, 'token'],
  [/\/auth\/avatars\/:/, 'avatar'],
  [/\/users\/:/, 'user'],
]

/** Of which kind the id in the path is; undefined: there is none. @throws for an id that this table does not know. */
export function kindOf(url: string): Kind | undefined {
  if (!url.includes(':')) return undefined
  const known = KINDS.find(([pattern]) => pattern.test(url))
  if (known === undefined) throw new Error(`Say in test/authorization-requests.ts what the id in ${url} is of`)
  return known[1]
}

/** The site of the test that has one; it listens at a port that only then is known. */
export const SITE = { url: '' }

type Body = InjectOptions['payload']

const QUESTION = 'When was the bridge opened?'
let emails = 0
const email = () => `somebody-${++emails}@example.org`

const BODIES: Readonly<Record<string, (ids: Ids) => Body>> = {
  'POST /api/auth/signup': () => ({ name: 'Somebody', email: email(), password: PASSWORD }),
  'POST /api/auth/login': () => ({ email: 'owner@example.org', password: PASSWORD }),
  'POST /api/auth/google': () => ({ token: 'a.b.c' }),
  'PUT /api/auth/profile': () => ({ name: 'A name', email: email() }),
  'PUT /api/auth/change-password': () => ({ currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }),
  'POST /api/auth/tokens': () => ({ name: 'made' }),
  'POST /api/users': () => ({ name: 'Somebody', email: email() }),
  'PATCH /api/users/:user_id': () => ({ role: 'user' }),
  'POST /api/v1/ask': () => ({ question: QUESTION }),
  'POST /api/v1/search': () => ({ query: 'bridge' }),
  'POST /api/documents': () => ({ title: 'A text', content: 'Some text.' }),
  'POST /api/v1/scrape-website': () => ({ url: SITE.url }),
  'POST /api/v1/bulk-scrape-website': () => ({ url: SITE.url }),
  'PATCH /api/v1/documents/:id': () => ({ title: 'A title' }),
  'PUT /api/v1/settings/system-prompt': () => ({ system_prompt: 'Be brief.' }),
  // The one that serves: nothing is begun.
  'POST /api/v1/embedding-models/migration': () => ({ model: 'bge-small-en-v1.5' }),
  'POST /api/chat/ask': () => ({ question: QUESTION }),
  'POST /api/chat/ask/stream': () => ({ question: QUESTION }),
  'POST /api/chat/:id/regenerate': () => ({}),
  'POST /api/chat/:id/title': () => ({ title: 'A title' }),
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const FILES: Readonly<Record<string, readonly [string, Buffer]>> = {
  'POST /api/auth/upload-avatar': ['me.png', Buffer.from(PIXEL, 'base64')],
  'POST /api/v1/upload-file': ['a.txt', Buffer.from('Some text of a file.')],
}

/** A row of the matrix besides the routes themselves: an id that stands in a body, a query or a header. */
export interface Elsewhere {
  readonly route: string
  readonly kind: Kind
  readonly where: string
  readonly request: (id: string, ids: Ids) => Partial<InjectOptions>
}

export const ELSEWHERE: readonly Elsewhere[] = [
  ...['POST /api/v1/ask', 'POST /api/chat/ask', 'POST /api/chat/ask/stream'].map((route): Elsewhere => ({
    route,
    kind: 'document',
    where: 'body.document_ids',
    request: (id) => ({ payload: { question: QUESTION, document_ids: [id] } }),
  })),
  {
    route: 'POST /api/v1/search',
    kind: 'document',
    where: 'body.document_ids',
    request: (id) => ({ payload: { query: 'bridge', document_ids: [id] } }),
  },
  {
    route: 'POST /api/v1/ask',
    kind: 'chat',
    where: 'body.chat_id',
    request: (id) => ({ payload: { question: QUESTION, chat_id: id } }),
  },
  ...['POST /api/chat/ask', 'POST /api/chat/ask/stream'].flatMap((route): Elsewhere[] => [
    {
      route,
      kind: 'chat',
      where: 'body.chat_id',
      request: (id) => ({ payload: { question: QUESTION, chat_id: id } }),
    },
    {
      route,
      kind: 'user',
      where: 'body.user_id',
      request: (id) => ({ payload: { question: QUESTION, user_id: id } }),
    },
  ]),
  {
    route: 'POST /api/chat/ask/stream',
    kind: 'message',
    where: 'Last-Event-ID',
    request: (id) => ({ payload: { question: QUESTION }, headers: { 'last-event-id': `${id}-1` } }),
  },
  { route: 'GET /api/chats', kind: 'user', where: 'query.user_id', request: (id) => ({ query: { user_id: id } }) },
]

export function requestOf(route: string, ids: Ids): Partial<InjectOptions> {
  const file = FILES[route]
  if (file === undefined) {
    const payload = BODIES[route]?.(ids)
    return payload === undefined ? {} : { payload }
  }
  const [name, bytes] = file
  const head = `--x\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`
  return {
    payload: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  }
}
