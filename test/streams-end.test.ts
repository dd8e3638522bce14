import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { spoken, startOpenAiServer, type Step } from './openai-server.ts'
import { logIn, makeToken, PASSWORD, signUp, startWithAccounts, type Person } from './people.ts'
import type { Json, ServiceOptions } from './service.ts'

// Streams end with the right to them, over a real server, while a model (a server of OpenAI's wire format) writes.

const QUESTION = 'When was the Sydney Harbour Bridge opened?'

async function start(t: TestContext, { deps, env }: Pick<ServiceOptions, 'deps' | 'env'> = {}) {
  const finish = Promise.withResolvers<void>()
  const writing: Step[] = ['It', { until: finish.promise }, ...spoken(' was opened in 1932 [1].')]
  const model = await startOpenAiServer(() => writing)
  t.after(() => model.close())
  const settings = { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1', STREAM_GRACE: '0', ...env }
  const service = await startWithAccounts(t, { env: settings, ...(deps === undefined ? {} : { deps }) })
  t.after(() => finish.resolve())
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })

  async function follow(token: string, path: string, body?: object): Promise<Followed> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...json },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.equal(response.status, 200, path)
    return followed(response)
  }
  /** A stream whose answer is being written. */
  async function ask(token: string): Promise<Followed & { readonly answer: string }> {
    const stream = await follow(token, '/api/chat/ask/stream', { question: QUESTION })
    const { id } = await stream.until('delta')
    return { ...stream, answer: id.split('-')[0] ?? '' }
  }
  /** Somebody with a document that the model writes from. */
  async function person(name: string): Promise<Person> {
    const signed = await signUp(service, name)
    const text = 'The Sydney Harbour Bridge was opened in 1932.'
    assert.equal((await service.upload('bridge.txt', text, {}, signed.token)).status, 200)
    return signed
  }
  return { service, person, follow, ask, finish: finish.resolve }
}

interface Sent {
  readonly id: string
  readonly event: string
  readonly data: Json
}

interface Followed {
  until(event: string): Promise<Sent>
  /** The last event, once the stream has ended. */
  end(): Promise<Sent | undefined>
}

function followed(response: Response): Followed {
  const events = eventsOf(response)
  let last: Sent | undefined
  return {
    async until(event) {
      for (;;) {
        const next = await events.next()
        if (next.done === true) throw new Error(`The stream ended before ${event}`)
        last = next.value
        if (next.value.event === event) return next.value
      }
    },
    async end() {
      for (;;) {
        const next = await events.next()
        if (next.done === true) return last
        last = next.value
      }
    },
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<Sent, undefined> {
  let rest = ''
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const match = /^(?:id: (\S+)\n)?event: (\w+)\ndata: (.*)$/.exec(block)
      if (match !== null) yield { id: match[1] ?? '', event: match[2] ?? '', data: JSON.parse(match[3] ?? '') }
    }
  }
}

async function isRefused(stream: Followed, code = 'unauthorized', status = 401): Promise<void> {
  const last = await stream.end()
  assert.deepEqual([last?.event, last?.data.code, last?.data.status_code], ['error', code, status])
  assert.equal(typeof last?.data.message, 'string')
}

test('an answer’s stream ends when its reader logs out, changes the password, loses the token or is suspended', async (t) => {
  const { service, person, ask, follow, finish } = await start(t)
  const admin = await person('admin')
  const ann = await person('ann')
  const bystander = await ask(admin.token)

  const session = await logIn(service, ann)
  const own = await ask(ann.token)
  const leaving = await follow(session, `/api/chat/stream/${own.answer}`)
  await service.json('POST', '/api/auth/logout', undefined, session)
  await isRefused(leaving)

  const bot = await makeToken(service, ann.token, { name: 'bot', scope: 'read' })
  const read = await follow(bot.token, `/api/chat/stream/${own.answer}`)
  await service.json('DELETE', `/api/auth/tokens/${bot.id}`, undefined, ann.token)
  await isRefused(read)

  const passwords = { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }
  const { body: changed } = await service.json('PUT', '/api/auth/change-password', passwords, ann.token)
  await isRefused(own)

  const last = await ask(changed.access_token)
  await service.json('PATCH', `/api/users/${ann.id}`, { disabled: true }, admin.token)
  await isRefused(last)

  finish()
  assert.equal((await bystander.end())?.event, 'done')
})

test('whoever is no administrator any more reads no stream of another, and keeps their own', async (t) => {
  const { service, person, ask, follow, finish } = await start(t)
  const admin = await person('admin')
  const [ann, eve] = [await person('ann'), await person('eve')]
  await service.json('PATCH', `/api/users/${eve.id}`, { role: 'admin' }, admin.token)
  const anns = await ask(ann.token)
  const own = await ask(eve.token)
  const watching = await follow(eve.token, `/api/chat/stream/${anns.answer}?user_id=${ann.id}`)
  await service.json('PATCH', `/api/users/${eve.id}`, { role: 'user' }, admin.token)
  await isRefused(watching, 'forbidden', 403)
  finish()
  assert.deepEqual([(await own.end())?.event, (await anns.end())?.event], ['done', 'done'])
})

test('a log-in that has lasted its time takes its streams with it', async (t) => {
  let later = 0
  const { service, person, ask } = await start(t, { deps: { clock: { now: () => new Date(Date.now() + later) } } })
  const admin = await person('admin')
  const stream = await ask(admin.token)
  later = 31 * 86_400_000
  // What each heartbeat does for its own stream.
  await service.app.lasting.recheck()
  await isRefused(stream)
})

test('the progress of a job ends for whom is suspended or logs out, too', async (t) => {
  const { service, follow } = await start(t, { env: { UPLOAD_WAIT: '0' } })
  const admin = await signUp(service, 'admin')
  const ann = await signUp(service, 'ann')
  // Long enough to be at work until the test is over.
  const words = Array.from({ length: 60_000 }, (_, i) => `word${i}${i % 12 === 11 ? '.' : ''}`)
  const { body: uploaded } = await service.upload('long.txt', words.join(' '), {}, ann.token)
  const path = `/api/v1/jobs/${uploaded.job_id}/events`
  const session = await logIn(service, ann)
  const [first, second] = [await follow(session, path), await follow(ann.token, path)]
  await service.json('POST', '/api/auth/logout', undefined, session)
  await isRefused(first)
  await service.json('PATCH', `/api/users/${ann.id}`, { disabled: true }, admin.token)
  await isRefused(second)
})
