// The chat drill: chats stream their answers, the server gets SIGKILL at a random moment and starts again. Every message
// that anybody saw must be there, what was cut off must be marked, and each reader who comes back must get exactly the
// rest of what was stored.
//
//   node scripts/drills/chats.ts [--rounds 5] [--chats 50] [--seed N]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { spoken, startOpenAiServer } from '../../test/openai-server.ts'
import { apiClient } from './client.ts'
import { randomFrom } from './random.ts'
import { isRunning, root, startServer, type RunningServer } from './server.ts'

const WORDS = 150
const GAP = 20
const QUESTION = 'When was the harbour bridge of Sydney opened?'
const FACTS = 'The harbour bridge of Sydney was opened in 1932. It was designed by John Bradfield, an engineer.'

export interface ChatRound {
  readonly round: number
  readonly killedAfterMs: number
  /** Streams whose first event had arrived before the kill, and of these the ones that were cut off. */
  readonly begun: number
  readonly cut: number
  /** Events that arrived before the kill, and that were stored and had not arrived. */
  readonly received: number
  readonly rest: number
  readonly failures: readonly string[]
}

export interface ChatReport {
  readonly seed: number
  readonly chats: number
  readonly rounds: readonly ChatRound[]
  readonly failures: readonly string[]
}

const Event = z.object({
  id: z.string(),
  event: z.enum(['saved', 'start', 'meta', 'delta', 'done', 'error']),
  data: z.looseObject({}),
})
type Event = z.infer<typeof Event>

const Message = z.object({
  id: z.number(),
  role: z.string(),
  content: z.string(),
  state: z.enum(['complete', 'generating', 'interrupted', 'failed']),
})

/** Reads until the stream ends or breaks; gives the events that have come whole, also while more come. */
async function readStream(response: Response, events: Event[] = []): Promise<Event[]> {
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push(Event.parse({ id, event, data: JSON.parse(data) as unknown })),
  })
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }))
  } catch (error) {
    // The connection broke: that is what the drill does.
    if (!(error instanceof TypeError)) throw error
  }
  return events
}

const deltas = (events: readonly Event[]): string =>
  events
    .filter(({ event }) => event === 'delta')
    .map(({ data }) => z.string().parse(data.content))
    .join('')

async function inspect(url: string, seen: readonly Event[], written: string) {
  const failures: string[] = []
  const last = seen.at(-1)
  const start = seen.find(({ event }) => event === 'start')
  if (last === undefined || start === undefined) return { failures, rest: 0 }
  const chatId = z.string().parse(start.data.chat_id)
  const answerId = z.number().parse(start.data.answer_message_id)
  const stream = async (after?: string): Promise<Event[]> => {
    const headers = after === undefined ? {} : { 'last-event-id': after }
    const response = await fetch(`${url}/api/chat/stream/${answerId}`, { headers })
    if (response.status !== 200) throw new Error(`GET the stream after ${after}: ${response.status}`)
    return readStream(response)
  }
  const same = (a: readonly Event[], b: readonly Event[]): boolean => JSON.stringify(a) === JSON.stringify(b)

  const stored = await stream()
  if (!same(stored.slice(0, seen.length), seen)) failures.push(`chat ${chatId}: what was sent is not what is stored`)
  if (!same(await stream(last.id), stored.slice(seen.length))) failures.push(`chat ${chatId}: not exactly the rest`)
  const middle = stored[Math.floor(stored.length / 2)]
  if (middle !== undefined && !same(await stream(middle.id), stored.slice(Math.floor(stored.length / 2) + 1))) {
    failures.push(`chat ${chatId}: not exactly the rest from the middle`)
  }
  const answer = await fetch(`${url}/api/chat/${chatId}/messages`)
  const { messages } = z.object({ messages: z.array(Message) }).parse(await answer.json())
  const [question, message] = messages
  if (question?.content !== QUESTION) failures.push(`chat ${chatId}: its question is not there`)
  if (message?.content !== deltas(stored)) failures.push(`chat ${chatId}: the message is not what was streamed`)
  if (!written.startsWith(deltas(stored))) failures.push(`chat ${chatId}: the answer is out of order`)
  const end = stored.at(-1)
  const expected = end?.event === 'done' ? 'complete' : 'interrupted'
  if (message?.state !== expected) failures.push(`chat ${chatId}: ${message?.state} with ${end?.event} as last event`)
  if (end?.event !== 'done' && end?.data.code !== 'interrupted') failures.push(`chat ${chatId}: it has no last event`)
  return { failures, rest: stored.length - seen.length }
}

async function chatRound(round: number, chats: number, random: () => number): Promise<ChatRound> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-chats-'))
  const written = Array.from({ length: WORDS }, (_, i) => `word${i}`).join(' ')
  const model = await startOpenAiServer(() => spoken(written, GAP))
  const env = {
    LLM_PROVIDER: 'openai',
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: 'stub',
    CONFIDENCE_THRESHOLD: '0',
    LOG_LEVEL: 'warn',
  }
  const failures: string[] = []
  let server: RunningServer | undefined
  try {
    server = await startServer({ dataDir, env })
    await apiClient(server.url).addText('Bridges', FACTS)
    const ask = async (url: string, body: object): Promise<Response> =>
      fetch(`${url}/api/chat/ask/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ question: QUESTION, ...body }),
      })

    const seen: Event[][] = Array.from({ length: chats }, () => [])
    const { url } = server
    const streaming = Promise.allSettled(
      seen.map(async (events, n) => {
        const response = await ask(url, {})
        if (response.status !== 200) failures.push(`ask ${n}: ${response.status}`)
        await readStream(response, events)
      }),
    )
    // Some die before their first word, most in the middle, a few after the end of some.
    const killedAfterMs = Math.floor(random() * (WORDS * GAP + 2500))
    await sleep(killedAfterMs)
    await server.crash()
    for (const outcome of await streaming) {
      // Not answered before the kill: nothing was promised.
      if (outcome.status === 'rejected' && !(outcome.reason instanceof TypeError)) failures.push(String(outcome.reason))
    }
    const before = seen.filter((events) => events.length > 0)

    server = await startServer({ dataDir, env })
    let rest = 0
    for (const events of before) {
      const found = await inspect(server.url, events, written)
      failures.push(...found.failures)
      rest += found.rest
    }
    // A chat that was cut off takes its next question.
    const first = before[0]?.find(({ event }) => event === 'start')
    if (first !== undefined) {
      const again = await readStream(await ask(server.url, { chat_id: first.data.chat_id }))
      if (again.at(-1)?.event !== 'done') failures.push('a chat that was cut off does not go on')
    }
    const code = await server.stop()
    if (code !== 0) failures.push(`SIGTERM ended the server with ${code}`)
    return {
      round,
      killedAfterMs,
      begun: before.length,
      cut: before.filter((events) => events.at(-1)?.event !== 'done').length,
      received: before.reduce((sum, events) => sum + events.length, 0),
      rest,
      failures,
    }
  } finally {
    if (server !== undefined && isRunning(server.pid)) await server.crash()
    await model.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

export async function chatDrill(rounds: number, chats: number, seed: number): Promise<ChatReport> {
  const random = randomFrom(seed)
  const done: ChatRound[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const result = await chatRound(round, chats, random)
    done.push(result)
    console.log(
      `round ${round}/${rounds}: killed after ${result.killedAfterMs} ms; ${result.begun} begun, ${result.cut} cut off, ` +
        `${result.received} events received, ${result.rest} more stored: ` +
        (result.failures.length === 0 ? 'ok' : result.failures.slice(0, 5).join('; ')),
    )
  }
  return { seed, chats, rounds: done, failures: done.flatMap(({ failures }) => failures) }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      chats: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  const report = await chatDrill(Number(values.rounds), Number(values.chats), Number(values.seed))
  await mkdir(join(root, '.bench'), { recursive: true })
  await writeFile(join(root, '.bench', 'chats.json'), JSON.stringify(report, null, 2))
  const cut = report.rounds.reduce((sum, round) => sum + round.cut, 0)
  console.log(
    `chat drill: ${report.rounds.length} rounds, ${cut} answers cut off, ${report.failures.length} failures (seed ${report.seed})`,
  )
  process.exitCode = report.failures.length === 0 ? 0 : 1
}
