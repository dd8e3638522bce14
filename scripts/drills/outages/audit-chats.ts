// Of the chats: each question that was acknowledged is there once with one answer, which ends, and is what its stream says
// on either instance; what anybody read of a stream is its beginning.
import { z } from 'zod'
import type { Call, Caller } from './caller.ts'
import type { AskedQuestion, Owner } from './ledger.ts'
import { type Instance, nameOf, type Stack } from './stack.ts'
import { deltasOf, isLast, readEvents, type StreamEvent } from './stream-events.ts'

export type Get = <T>(schema: z.ZodType<T>, owner: Owner, instance: Instance, call: Call) => Promise<T>

const Message = z.object({
  id: z.number(),
  chat_id: z.string(),
  role: z.string(),
  content: z.string(),
  state: z.enum(['complete', 'generating', 'interrupted', 'failed']),
  reply_to: z.number().nullable(),
})
type Message = z.infer<typeof Message>

const STREAM_LIMIT = 30_000

/** The messages of chats with questions of this drill, those that nobody was told of included. */
export async function listChats(get: Get, owner: Owner, instance: Instance, drill: number) {
  const older = new Set(owner.questions.filter((asked) => asked.drill !== drill).map(({ chatId }) => chatId))
  const messages: Message[] = []
  for (let offset = 0; ; offset += 200) {
    const path = `/api/my/chats?limit=200&offset=${offset}`
    const page = z.object({ items: z.array(z.object({ id: z.string() })) })
    const { items } = await get(page, owner, instance, { method: 'GET', path })
    for (const { id } of items.filter((chat) => !older.has(chat.id))) {
      const call = { method: 'GET', path: `/api/chat/${id}/messages?limit=200` } as const
      messages.push(...(await get(z.object({ messages: z.array(Message) }), owner, instance, call)).messages)
    }
    if (items.length < 200) break
  }
  return { messages, generating: messages.find(({ state }) => state === 'generating')?.id }
}

export interface ChatAuditDeps {
  readonly stack: Stack
  readonly caller: Caller
  readonly get: Get
  readonly owner: Owner
  readonly drill: number
}

/** Gives how many messages there were. */
export async function auditChats({ stack, caller, get, owner, drill }: ChatAuditDeps): Promise<number> {
  const { failures } = caller
  const [first, second] = stack.instances
  const { messages } = await listChats(get, owner, first, drill)
  const elsewhere = await listChats(get, owner, second, drill)
  if (JSON.stringify(elsewhere.messages) !== JSON.stringify(messages)) {
    failures.push(`The two instances show different messages to ${owner.name}`)
  }
  const questions = Map.groupBy(
    messages.filter(({ role }) => role === 'user'),
    ({ content }) => content,
  )
  const answers = Map.groupBy(
    messages.filter(({ role }) => role === 'assistant'),
    ({ reply_to }) => reply_to,
  )
  for (const asked of owner.questions.filter((one) => one.drill === drill)) {
    const found = questions.get(asked.question) ?? []
    questions.delete(asked.question)
    if (found.length > 1 || (found.length === 0 && asked.fate === 'acknowledged')) {
      failures.push(`${asked.question} (${owner.name}): ${asked.fate}, and there ${found.length} times`)
    }
    for (const question of found) {
      const [answer, ...more] = answers.get(question.id) ?? []
      if (answer === undefined || more.length > 0) {
        failures.push(`${asked.question} (${owner.name}): ${more.length + (answer === undefined ? 0 : 1)} answers`)
      } else await inspect(asked, question, answer)
    }
  }
  for (const [question] of questions) failures.push(`${question}: in a chat of ${owner.name}, who never asked it`)
  return messages.length

  async function inspect(asked: AskedQuestion, question: Message, answer: Message): Promise<void> {
    const what = `${asked.question} (${owner.name}, message ${answer.id})`
    if (asked.chatId !== undefined && question.chat_id !== asked.chatId) failures.push(`${what}: in another chat`)
    // Who asked never heard of it; it is none of a later drill.
    asked.chatId = question.chat_id
    if (asked.answerId !== undefined && answer.id !== asked.answerId) failures.push(`${what}: not ${asked.answerId}`)
    if (asked.content !== undefined && (answer.content !== asked.content || answer.state !== 'complete')) {
      failures.push(`${what}: acknowledged whole, and is ${answer.state}: ${answer.content.slice(0, 200)}`)
    }
    // An event that PostgreSQL could not take fails the answer (docs/several-instances.md); nothing else may.
    const away = stack.outages.some(({ victim, backAt }) => victim === 'postgres' && backAt >= asked.sentAt)
    if (answer.state === 'generating' || (answer.state === 'failed' && !away)) failures.push(`${what}: ${answer.state}`)

    const stored = await stream(answer.id, 0)
    const same = (one: readonly StreamEvent[], other: readonly StreamEvent[]): boolean =>
      JSON.stringify(one) === JSON.stringify(other)
    if (!same(await stream(answer.id, 1), stored)) failures.push(`${what}: another stream on ${nameOf(1)}`)
    const { events } = asked
    if (!same(stored.slice(0, events.length), events)) failures.push(`${what}: what was read is not what is stored`)
    const last = events.at(-1)
    if (last !== undefined && isLast(last) && stored.length !== events.length)
      failures.push(`${what}: more after its end`)
    const end = stored.at(-1)
    if (end === undefined || !isLast(end)) failures.push(`${what}: its stream has no end`)
    else if ((end.event === 'done') !== (answer.state === 'complete')) {
      failures.push(`${what}: ${answer.state}, and its stream ends with ${end.event}`)
    }
    if (deltasOf(stored) !== answer.content) failures.push(`${what}: the message is not what was streamed`)
  }

  async function stream(id: number, place: 0 | 1): Promise<StreamEvent[]> {
    const events: StreamEvent[] = []
    const call = { method: 'GET', path: `/api/chat/stream/${id}` } as const
    const response = await caller.open(owner, stack.instances[place], call, AbortSignal.timeout(STREAM_LIMIT))
    if (response?.status !== 200) throw new Error(`${call.path}: ${response?.status ?? 'broken'}`)
    await readEvents(response, (event) => events.push(event))
    return events
  }
}
