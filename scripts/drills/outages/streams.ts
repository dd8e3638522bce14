// A reader of a streamed answer who goes on with it on the other instance whenever it breaks, and sometimes leaves by himself.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Caller } from './caller.ts'
import type { AskedQuestion, Owner } from './ledger.ts'
import type { Instance, Stack } from './stack.ts'
import { isLast, readEvents, seqOf, type StreamEvent } from './stream-events.ts'

export interface StreamDeps {
  readonly stack: Stack
  readonly caller: Caller
  readonly random: () => number
  readonly owner: Owner
  readonly asked: AskedQuestion
}

/**
 * Milliseconds: an answer whose instance died is ended within 20 s, or 15 s more after PostgreSQL was away
 * (docs/several-instances.md); the rest is Milvus's and PostgreSQL's own start.
 */
const END_LIMIT = 75_000
const BETWEEN_TRIES = 300

const Start = z.object({ chat_id: z.string(), answer_message_id: z.number() })

/** undefined: no event ever came, and nobody knows whether it was asked. */
export async function streamAnswer(deps: StreamDeps): Promise<{ readonly resumed: number } | undefined> {
  const { stack, caller, random, owner, asked } = deps
  const { failures } = caller
  const what = `${asked.question} (${owner.name})`
  const until = performance.now() + END_LIMIT
  let place = random() < 0.5 ? 0 : 1
  let resumed = 0

  function take(event: StreamEvent): void {
    caller.inspect(owner, JSON.stringify(event.data), 'a stream')
    // Of this stream alone: it could not go on, the answer may.
    if (event.id === undefined) return
    const last = asked.events.at(-1)
    if (last !== undefined && seqOf(event) !== seqOf(last) + 1) {
      failures.push(`${what}: ${event.id} came after ${last.id}`)
    }
    asked.events.push(event)
    asked.fate = 'acknowledged'
    if (event.event !== 'start') return
    const start = Start.parse(event.data)
    asked.chatId = start.chat_id
    asked.answerId = start.answer_message_id
  }

  /** Until it ends, breaks, or `leaveAfter` events have come. */
  async function read(response: Response, leave: AbortController, leaveAfter: number, sentAt: number): Promise<void> {
    let came = 0
    try {
      await readEvents(response, (event) => {
        take(event)
        if (++came === leaveAfter) leave.abort()
      })
    } catch (error) {
      if (!leave.signal.aborted) caller.broke(error, `the stream of ${what}`, sentAt)
    }
  }

  async function attempt(instance: Instance): Promise<'refused' | undefined> {
    const after = asked.events.at(-1)?.id
    const leave = new AbortController()
    const sentAt = performance.now()
    const signal = AbortSignal.any([
      leave.signal,
      AbortSignal.timeout(Math.max(1, Math.round(until - performance.now()))),
    ])
    const body = { question: asked.question, ...(asked.chatId === undefined ? {} : { chat_id: asked.chatId }) }
    const headers = after === undefined ? {} : { 'last-event-id': after }
    const call =
      after !== undefined && random() < 0.5
        ? ({ method: 'GET', path: `/api/chat/stream/${after.split('-')[0]}`, headers } as const)
        : ({ method: 'POST', path: '/api/chat/ask/stream', body, headers } as const)
    const response = await caller.open(owner, instance, call, signal)
    if (response?.status === 200) {
      await read(response, leave, random() < 0.3 ? 1 + Math.floor(random() * 25) : Infinity, sentAt)
      return undefined
    }
    const text = (await response?.text().catch(() => undefined)) ?? ''
    // Another answer of the chat is being made.
    if (response?.status === 409 && after === undefined) return 'refused'
    if (response !== undefined && response.status < 500)
      failures.push(`${what}: ${response.status} ${text.slice(0, 300)}`)
    return response !== undefined && response.status < 500 ? 'refused' : undefined
  }

  for (;;) {
    if ((await attempt(stack.instances[place === 0 ? 0 : 1])) === 'refused') break
    const last = asked.events.at(-1)
    // Asked a second time it would be another question.
    if (last === undefined || isLast(last)) break
    if (performance.now() > until) {
      failures.push(`${what}: no end within ${END_LIMIT} ms`)
      break
    }
    place = 1 - place
    resumed += 1
    await sleep(BETWEEN_TRIES)
  }
  return asked.events.length === 0 ? undefined : { resumed }
}
