import assert from 'node:assert/strict'
import { createParser } from 'eventsource-parser'
import type { Instance, Operation, World } from './instances-world.ts'
import { spoken, type Step } from './openai-server.ts'
import type { Json } from './service.ts'

interface Message {
  readonly role: 'user' | 'assistant'
  /** Of an answer that is being made: the whole one, of which a part is said. */
  readonly content: string
  readonly state: 'complete' | 'generating' | 'interrupted'
}

interface Event {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: string
}

/** An answer that waits in the middle, until it is told to go on. */
interface Live {
  readonly chat: string
  readonly answer: number
  /** Those that read it from its beginning. */
  readonly whole: Promise<Event[]>[]
  /** Those that came back after an event, and which that was. */
  readonly rest: { readonly after: string; readonly events: Promise<Event[]> }[]
  goOn(): void
}

const MOST_LIVE = 3
const BEGINNING = 'It'

/** Chats, their messages and the streams of their answers, which every instance must tell of alike. */
export async function createChatsModel(
  { instances, random, some, any, two, model }: World,
  { answer, document }: { readonly answer: string; readonly document: string },
) {
  const chats = new Map<string, Message[]>()
  const gone: string[] = []
  /** Of answers that are over. */
  const streams = new Map<number, { readonly chat: string; readonly events: Event[] }>()
  const live = new Map<string, Live>()
  const held = new Map<string, PromiseWithResolvers<void>>()
  let questions = 0

  model.answerWith(({ body }) => {
    const said = JSON.stringify(body.messages)
    // The newest one: those before it are told as history.
    const waiting = [...held].findLast(([question]) => said.includes(question))
    const rest: Step[] = spoken(answer.slice(BEGINNING.length))
    return waiting === undefined ? spoken(answer) : [BEGINNING, { until: waiting[1].promise }, ...rest]
  })

  const nextQuestion = (): string => `When was the Sydney Harbour Bridge opened, asked as number ${++questions}.?`

  async function read(response: Response, events: Event[] = [], heard?: () => void): Promise<Event[]> {
    assert.equal(response.status, 200)
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        events.push({ id, event, data })
        heard?.()
      },
    })
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }))
    return events
  }

  const stream = async (instance: Instance, of: number, after?: string): Promise<Event[]> =>
    read(
      await fetch(`${instance.url}/api/chat/stream/${of}`, {
        headers: after === undefined ? {} : { 'last-event-id': after },
      }),
    )

  const idle = (): string[] => [...chats.keys()].filter((id) => !live.has(id))

  /** In an idle chat, or a new one. */
  async function ask(): Promise<void> {
    const chat = random() < 0.5 ? some(idle()) : undefined
    const question = nextQuestion()
    const sent = { question, document_ids: [document], ...(chat === undefined ? {} : { chat_id: chat }) }
    const { status, body } = await any().call('POST', '/api/chat/ask', sent)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.answer_message.content, answer)
    const messages = chats.get(body.chat_id) ?? []
    chats.set(body.chat_id, [
      ...messages,
      { role: 'user', content: question, state: 'complete' },
      { role: 'assistant', content: answer, state: 'complete' },
    ])
  }

  /** Begins an answer that waits in its middle. */
  async function begin(): Promise<boolean> {
    if (live.size >= MOST_LIVE) return false
    const chat = random() < 0.5 ? some(idle()) : undefined
    const question = nextQuestion()
    const waiting = Promise.withResolvers<void>()
    held.set(question, waiting)
    const begun = Promise.withResolvers<Event[]>()
    const events: Event[] = []
    const response = await fetch(`${any().url}/api/chat/ask/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question, document_ids: [document], ...(chat === undefined ? {} : { chat_id: chat }) }),
    })
    const whole = read(response, events, () => {
      if (events.at(-1)?.event === 'delta') begun.resolve(events)
    })
    whole.then(begun.resolve, begun.reject)
    await begun.promise
    const delta = events.find(({ event }) => event === 'delta')
    assert.equal(delta?.data, JSON.stringify({ content: BEGINNING }), JSON.stringify(events))
    const start = events.find(({ event }) => event === 'start')
    const { chat_id } = JSON.parse(start?.data ?? '{}') as { chat_id: string }
    chats.set(chat_id, [
      ...(chats.get(chat_id) ?? []),
      { role: 'user', content: question, state: 'complete' },
      { role: 'assistant', content: answer, state: 'generating' },
    ])
    const id = Number(delta.id?.split('-')[0])
    live.set(chat_id, { chat: chat_id, answer: id, whole: [whole], rest: [], goOn: waiting.resolve })
    return true
  }

  /** What all that read it got must be the same. */
  async function readAll({ whole, rest }: Live): Promise<Event[]> {
    const [first = [], ...others] = await Promise.all(whole)
    for (const other of others) assert.deepEqual(other, first)
    for (const { after, events } of rest) {
      assert.deepEqual(await events, first.slice(first.findIndex(({ id }) => id === after) + 1))
    }
    return first
  }

  async function over(of: Live, end: Pick<Message, 'content' | 'state'>): Promise<void> {
    live.delete(of.chat)
    of.goOn()
    const events = await readAll(of)
    assert.equal(events.at(-1)?.event, end.state === 'complete' ? 'done' : 'error')
    const said = events.filter(({ event }) => event === 'delta').map(({ data }) => JSON.parse(data).content)
    assert.equal(said.join(''), end.content)
    streams.set(of.answer, { chat: of.chat, events })
    chats.set(of.chat, [...(chats.get(of.chat) ?? []).slice(0, -1), { role: 'assistant', ...end }])
  }

  async function finish(of: Live): Promise<void> {
    of.goOn()
    await over(of, { content: answer, state: 'complete' })
  }

  async function stop(of: Live, at: readonly Instance[]): Promise<void> {
    const stopped = await Promise.all(at.map((instance) => instance.call('POST', `/api/chat/${of.chat}/stop`)))
    for (const { status, body } of stopped) {
      assert.equal(status, 200, JSON.stringify(body))
      // Of two that ask at once the second one may find nothing to stop.
      if (!body.stopped) continue
      assert.deepEqual([body.answer_message.state, body.answer_message.content], ['interrupted', BEGINNING])
    }
    assert.ok(stopped.some(({ body }) => body.stopped))
    await over(of, { content: BEGINNING, state: 'interrupted' })
  }

  async function remove(chat: string): Promise<void> {
    const { status } = await any().call('DELETE', `/api/chat/${chat}`)
    assert.equal(status, 200)
    const of = live.get(chat)
    live.delete(chat)
    chats.delete(chat)
    gone.push(chat)
    if (of === undefined) return
    const ended = await Promise.all([...of.whole, ...of.rest.map(({ events }) => events)])
    of.goOn()
    for (const events of ended) assert.ok(!events.some(({ event }) => event === 'done'))
  }

  async function compareChat(instance: Instance, chat: string): Promise<void> {
    const { status, body } = await instance.call('GET', `/api/chat/${chat}/messages`)
    const expected = chats.get(chat)
    if (expected === undefined) return assert.equal(status, 404)
    assert.equal(status, 200)
    const said = body.messages.map(({ role, content, state }: Json): Message => ({ role, content, state }))
    assert.deepEqual(
      said.map((message: Message, i: number) => {
        const whole = expected[i]
        const isPart = message.state === 'generating' && whole?.content.startsWith(message.content) === true
        return isPart ? { ...message, content: whole.content } : message
      }),
      expected,
    )
  }

  async function compareList(instance: Instance): Promise<void> {
    const { body } = await instance.call('GET', '/api/my/chats?limit=200')
    const ids = body.items.map(({ id }: Json) => id as string)
    assert.deepEqual(ids.toSorted(), [...chats.keys()].toSorted())
  }

  async function compareStream(instance: Instance, of: number): Promise<void> {
    const { chat = '', events = [] } = streams.get(of) ?? {}
    if (!chats.has(chat)) {
      assert.equal((await instance.call('GET', `/api/chat/stream/${of}`)).status, 404)
      return
    }
    assert.deepEqual(await stream(instance, of), events)
    const middle = some(events.slice(0, -1))
    if (middle?.id === undefined) return
    assert.deepEqual(await stream(instance, of, middle.id), events.slice(events.indexOf(middle) + 1))
  }

  const withLive = (run: (of: Live) => Promise<void>) => async (): Promise<boolean> => {
    const of = some(live.values())
    if (of === undefined) return false
    await run(of)
    return true
  }
  const withOne =
    <T>(all: () => Iterable<T>, run: (of: T) => Promise<void>) =>
    async (): Promise<boolean> => {
      const of = some(all())
      if (of === undefined) return false
      await run(of)
      return true
    }
  const remaining = (): number[] => [...streams.keys()]

  const operations: readonly Operation[] = [
    { name: 'ask in a chat', weight: 3, run: ask },
    { name: 'begin an answer', weight: 4, run: begin },
    {
      name: 'read along elsewhere',
      weight: 4,
      run: withLive(async (of) => void of.whole.push(stream(any(), of.answer))),
    },
    {
      name: 'come back to a stream elsewhere',
      weight: 3,
      run: withLive(async (of) => {
        // The event that an answer begins with is stored before anything else of it.
        const after = `${of.answer}-${1 + Math.floor(random() * 2)}`
        of.rest.push({ after, events: stream(any(), of.answer, after) })
      }),
    },
    { name: 'let an answer end', weight: 2, run: withLive(finish) },
    { name: 'stop', weight: 2, run: withLive((of) => stop(of, random() < 0.3 ? two() : [any()])) },
    {
      name: 'stop what is over',
      weight: 1,
      run: withOne(idle, async (chat) => {
        const { status, body } = await any().call('POST', `/api/chat/${chat}/stop`)
        assert.deepEqual([status, body.stopped], [200, false])
      }),
    },
    {
      name: 'ask while another answers',
      weight: 1,
      run: withLive(async ({ chat }) => {
        const sent = { question: nextQuestion(), chat_id: chat, document_ids: [document] }
        assert.equal((await any().call('POST', '/api/chat/ask', sent)).status, 409)
      }),
    },
    { name: 'delete a chat', weight: 1, run: withOne(() => chats.keys(), remove) },
    {
      name: 'read a chat',
      weight: 5,
      run: withOne(
        () => [...chats.keys(), ...gone],
        (id) => compareChat(any(), id),
      ),
    },
    { name: 'list chats', weight: 2, run: () => compareList(any()) },
    { name: 'read a stream that is over', weight: 2, run: withOne(remaining, (of) => compareStream(any(), of)) },
  ]

  return {
    operations,
    /** Lets everything end. */
    async end(): Promise<void> {
      for (const of of live.values()) await finish(of)
    },
    /** So that no answer of a test that failed waits for ever. */
    release(): void {
      for (const { resolve } of held.values()) resolve()
    },
    /** Everything that an instance says of chats. */
    async compare(instance: Instance): Promise<void> {
      assert.ok(instances.includes(instance))
      await compareList(instance)
      for (const chat of [...chats.keys(), ...gone]) await compareChat(instance, chat)
      for (const of of streams.keys()) await compareStream(instance, of)
    },
  }
}
