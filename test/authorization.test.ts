import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { dial } from '../src/http/websocket.fixture.ts'
import { ELSEWHERE, kindOf, requestOf, SITE, type Ids, type Kind } from './authorization-requests.ts'
import { logIn, makeToken, signUp, startWithAccounts, type Person } from './people.ts'
import { eventually, type Json, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite } from './web-site.ts'

const TABLE = new URL('authorization.table.txt', import.meta.url)
const SECRET = 'a secret of the tests that is long enough'

/** Tokens that stand for nobody. Every row has the same answer to all of them, or the test fails. */
const NOBODY = ['none', 'expired', 'tampered', 'alg none', 'wrong key', 'logged out', 'disabled'] as const
/** Who asks for the owner's things, or for an unknown one (owner): the thing in the path, or in `where`. */
const SOMEBODY = ['unknown id', 'other', 'read token', 'admin', 'owner'] as const

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (head: object, body: object, key: string): string => {
  const text = `${base64(head)}.${base64(body)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}
const partsOf = (token: string): Json[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))

interface Things extends Ids {
  readonly person: Person
}

/** Somebody with one thing of each kind. */
async function withThings(service: TestService, name: string): Promise<Things> {
  const person = await signUp(service, name)
  const { body: upload } = await service.upload(
    `${name}.txt`,
    `The bridge of ${name} was opened in 1932.`,
    {},
    person.token,
  )
  await eventually(
    () => service.json('GET', `/api/v1/documents/${upload.id}/content`, undefined, person.token),
    ({ body }) => body.searchable === 'full',
  )
  const { body: answer } = await service.json('POST', '/api/chat/ask', { question: 'When?' }, person.token)
  const token = await makeToken(service, person.token, { name: 'a token' })
  const avatar = await send(
    service,
    'POST /api/auth/upload-avatar',
    '/api/auth/upload-avatar',
    person.token,
    requestOf('POST /api/auth/upload-avatar', {} as Ids),
  )
  const { body: crawl } = await service.json('POST', '/api/v1/bulk-scrape-website', { url: SITE.url }, person.token)
  return {
    person,
    document: upload.id,
    job: upload.job_id,
    crawl: crawl.job_id,
    chat: answer.chat_id,
    message: String(answer.answer_message.id),
    token: token.id,
    user: person.id,
    avatar: avatar.json().avatar_url.split('/').at(-1),
  }
}

const UNKNOWN: Ids = {
  document: randomUUID(),
  job: randomUUID(),
  crawl: randomUUID(),
  chat: randomUUID(),
  message: '999999999',
  token: randomUUID(),
  user: randomUUID(),
  avatar: randomUUID(),
}

function send(
  service: TestService,
  route: string,
  url: string,
  token: string | undefined,
  request: Partial<InjectOptions>,
) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const method = route.split(' ')[0] as 'GET'
  const headers = { host: '127.0.0.1:8000', ...authorization, ...request.headers }
  return service.app.inject({ ...request, method, url, headers })
}

/** Ends what others need: these come last, in this order. */
const LAST = [
  'POST /api/auth/upload-avatar',
  'DELETE /api/v1/documents/:id',
  'DELETE /api/chat/:id',
  'DELETE /api/auth/tokens/:id',
  'POST /api/auth/logout',
  'PUT /api/auth/profile',
  'PUT /api/auth/change-password',
  'DELETE /api/users/:user_id',
]

test('every route answers each kind of caller as the committed table says', async (t) => {
  const site = await startSite(t, { '/': html('A page', prose('bridge')) })
  SITE.url = site.origin
  const service = await startWithAccounts(t, { env: { JWT_SECRET_KEY: SECRET }, deps: loopbackWeb(site.port) })
  const admin = await signUp(service, 'admin')
  const owner = await withThings(service, 'owner')
  const other = await signUp(service, 'other')
  const disabled = await signUp(service, 'disabled')
  await service.json('PATCH', `/api/users/${disabled.id}`, { disabled: true }, admin.token)
  const loggedOut = await logIn(service, owner.person)
  await service.json('POST', '/api/auth/logout', undefined, loggedOut)
  const readToken: string = (await makeToken(service, owner.person.token, { name: 'read', scope: 'read' })).token

  const [head, claims] = partsOf(owner.person.token)
  assert.equal(
    signed(head, claims, SECRET),
    owner.person.token,
    'the tokens below differ from a valid one in one thing',
  )
  const [, , signature] = owner.person.token.split('.')
  const past = Math.floor(Date.now() / 1000) - 3600
  const nobody: Record<(typeof NOBODY)[number], string | undefined> = {
    none: undefined,
    expired: signed(head, { ...claims, iat: past - 60, exp: past }, SECRET),
    tampered: `${base64(head)}.${base64({ ...claims, sub: admin.id })}.${signature}`,
    'alg none': `${base64({ ...head, alg: 'none' })}.${base64(claims)}.`,
    'wrong key': signed(head, claims, `${SECRET}!`),
    'logged out': loggedOut,
    disabled: disabled.token,
  }

  const routes = service.app.routeTable
    .flatMap(({ method, url, config }) =>
      [method].flat().map((name) => ({ name: `${name} ${url}`, url, access: config?.access })),
    )
    .filter(({ name }) => !/^(HEAD|OPTIONS) /.test(name) && !name.endsWith(' /ws'))
  interface Row {
    readonly name: string
    readonly access: string
    readonly kind: Kind | undefined
    readonly where: string
    readonly url: string
    readonly request: (id: string | undefined, ids: Ids) => Partial<InjectOptions>
    readonly route: string
  }
  const accessOf = new Map(routes.map(({ name, access }) => [name, access ?? '']))
  const rows: Row[] = [
    ...routes.map(({ name, url, access }) => {
      const kind = kindOf(url)
      const where = kind === undefined ? '' : `path (${kind})`
      return {
        name,
        route: name,
        access: access ?? '',
        kind,
        where,
        url,
        request: (_: string | undefined, ids: Ids) => requestOf(name, ids),
      }
    }),
    ...ELSEWHERE.map(({ route, kind, where, request }) => ({
      name: route,
      route,
      access: accessOf.get(route) ?? '',
      kind,
      where: `${where} (${kind})`,
      url: route.split(' ')[1] ?? '',
      request: (id: string | undefined, ids: Ids) => request(id ?? '', ids),
    })),
  ].sort((a, b) => LAST.indexOf(a.route) - LAST.indexOf(b.route))

  const ask = (row: Row, token: string | undefined, ids: Ids) => {
    const id = row.kind && ids[row.kind]
    const url = row.url.replace(/:\w+/, () => encodeURIComponent(id ?? ''))
    return send(service, row.route, url, token, row.request(id, ids))
  }
  const spared = new Set(['POST /api/auth/logout', 'PUT /api/auth/change-password', 'PUT /api/auth/profile'])
  const lines: string[][] = []
  lines.push(
    await socketRow(service, nobody, {
      other: other.token,
      reading: readToken,
      admin: admin.token,
      owner: owner.person.token,
    }),
  )

  for (const row of rows) {
    const refused = await Promise.all(NOBODY.map(async (name) => (await ask(row, nobody[name], owner)).statusCode))
    assert.equal(
      new Set(refused).size,
      1,
      `${row.name}: ${NOBODY.map((name, i) => `${name} ${refused[i]}`).join(', ')}`,
    )
    const unknown = row.kind && (await ask(row, owner.person.token, UNKNOWN))
    const spares = spared.has(row.route)
    // What ends a session or an account is done to one that nobody needs afterwards.
    const victim = async (name: string) => (await signUp(service, `${name}-${lines.length}`)).token
    const stranger = await ask(row, spares ? await victim('stranger') : other.token, owner)
    if (unknown !== undefined && row.kind !== undefined && stranger.statusCode >= 400) {
      assert.equal(
        same(stranger, owner[row.kind]),
        same(unknown, UNKNOWN[row.kind]),
        `${row.name}: another's thing answers otherwise than none`,
      )
    }
    const reading = (await ask(row, readToken, owner)).statusCode
    const target = row.route === 'DELETE /api/users/:user_id' ? { ...owner, user: other.id } : owner
    const own = (await ask(row, spares ? await victim('own') : owner.person.token, owner)).statusCode
    const administering = spares ? own : (await ask(row, admin.token, target)).statusCode
    const statuses = [refused[0], unknown?.statusCode ?? '', stranger.statusCode, reading, administering, own]
    assert.ok(!statuses.includes(422), `${row.name}: the matrix sends no valid request`)
    lines.push([row.name, row.where, row.access, ...statuses.map(String)])
  }
  const found = format([['route', 'id', 'access', 'nobody', ...SOMEBODY], ...lines])
  if (process.env['UPDATE_TABLE'] !== undefined) await writeFile(TABLE, found)
  assert.equal(found, await readFile(TABLE, 'utf8'), 'read the difference; UPDATE_TABLE=1 writes the table')
})

/** Body and headers without what is this request's alone; the length follows the body. */
function same({ body, statusCode, headers }: Awaited<ReturnType<typeof send>>, id: string): string {
  const { date: _, 'content-length': __, 'x-request-id': requestId, ...rest } = headers
  return JSON.stringify([statusCode, rest, body.replaceAll(String(requestId), 'REQUEST')]).replaceAll(id, 'ID')
}

async function socketRow(
  service: TestService,
  nobody: Record<string, string | undefined>,
  somebody: Record<'other' | 'reading' | 'admin' | 'owner', string>,
): Promise<string[]> {
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  /** 101 when a question is answered; 401 when the upgrade, or the first message, is refused. */
  const status = async (token: string | undefined): Promise<string> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const socket = await dial(`${url}/ws`, { headers }).catch(() => undefined)
    if (socket === undefined) return '401'
    await socket.next()
    socket.send({ type: 'question', question: 'When was the bridge opened?' })
    const last = (await socket.until(token === undefined ? 'error' : 'answer')).at(-1)
    socket.close()
    return last?.type === 'answer' ? '101' : last?.code === 'unauthorized' ? '401' : String(last?.code)
  }
  const refused = new Set<string>()
  for (const token of Object.values(nobody)) refused.add(await status(token))
  const { other, reading, admin, owner } = somebody
  const answered = [await status(other), await status(reading), await status(admin), await status(owner)]
  return ['WS /ws', '', 'user', [...refused].join(','), '', ...answered]
}

function format(lines: string[][]): string {
  const [header = [], ...rows] = lines
  const sorted = rows.sort((a, b) => order(a) - order(b) || compare(a[0], b[0]) || compare(a[1], b[1]))
  const widths = header.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  return (
    [header, ...sorted]
      .map((line) =>
        line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  )
}

const order = (line: string[]): number => ['public', 'user', 'admin'].indexOf(line[2] ?? '')
const compare = (a = '', b = ''): number => {
  const [methodA = '', pathA = ''] = a.split(' ')
  const [methodB = '', pathB = ''] = b.split(' ')
  return pathA < pathB ? -1 : pathA > pathB ? 1 : methodA < methodB ? -1 : methodA > methodB ? 1 : 0
}
