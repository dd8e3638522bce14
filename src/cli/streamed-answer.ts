import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StartError } from '../core/start-error.ts'
import type { AnswerRecord } from '../features/evaluation/answers/answer-run.ts'
import { ApiError, type Client, jsonBody } from './client.ts'
import { readEvents, type ReceivedEvent } from './events.ts'

/** What the service says to a question, and how long it takes. */
export type StreamedAnswer = Omit<AnswerRecord, 'id' | 'question' | 'situation' | 'gold'>

const Start = z.looseObject({ chat_id: z.string() })
const Failed = z.looseObject({ message: z.string() })
const verdict = z.enum(['supported', 'doubtful', 'unsupported'])
const Citation = z.looseObject({
  id: z.number(),
  doc_id: z.string().nullable(),
  version: z.number().nullable(),
  title: z.string().nullable(),
  quote: z.string().nullable(),
  start_char: z.number().nullable(),
  end_char: z.number().nullable(),
  verdict,
  reason_code: z.string().optional(),
})
const Metadata = z.looseObject({
  abstained: z.boolean(),
  confidence: z.number(),
  api_used: z.string(),
  sentences: z.array(
    z.looseObject({
      text: z.string(),
      verdict,
      reason_code: z.string().optional(),
      citations: z.array(z.number()),
    }),
  ),
})
const Messages = z.looseObject({
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: z.string(),
      model_used: z.string().nullable(),
      tokens_used: z.number().nullable(),
      metadata: z.record(z.string(), z.unknown()),
      citations_json: z.string(),
    }),
  ),
})

/**
 * Asks in a chat of its own, since chats stream and take nothing from the cache of answers, and removes the chat. An
 * answer that the service fails at is one without text, with the reason in `failure`.
 * @param setName the set's name of a document of the service
 */
export async function streamedAnswer(
  client: Client,
  asked: { readonly question: string; readonly documents?: readonly string[] | undefined },
  setName: (document: string) => string,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const { response, startedAt } = await accepted(client, asked, signal)
  const events = readEvents(response)
  const path = `/api/chat/${encodeURIComponent(await readChat(events))}`
  const remove = async (): Promise<void> => {
    await (await client.fetch(path, { method: 'DELETE' })).arrayBuffer()
  }
  let answer: StreamedAnswer
  try {
    answer = await readAnswer(client, path, events, startedAt, setName, signal)
  } catch (error) {
    // What went wrong first is what is told, also where the service has gone and its chat cannot be removed.
    await remove().catch(() => undefined)
    throw error
  }
  await remove()
  return answer
}

/** The chat that is asked in: up to `start` nobody can name it. */
async function readChat(events: AsyncGenerator<ReceivedEvent>): Promise<string> {
  for (;;) {
    const next = await events.next()
    if (next.done === true) throw brokenOff()
    if (next.value.event === 'start') return Start.parse(next.value.data).chat_id
  }
}

/** What follows `start`: the stream to its end, and then the message as it is stored. */
async function readAnswer(
  client: Client,
  path: string,
  events: AsyncIterable<ReceivedEvent>,
  startedAt: number,
  setName: (document: string) => string,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  let firstWord: number | undefined
  let failure: string | undefined
  let isDone = false
  for await (const { event, data } of events) {
    if (event === 'delta') firstWord ??= performance.now() - startedAt
    else if (event === 'error') failure = Failed.parse(data).message
    else if (event === 'done') isDone = true
  }
  const whole = performance.now() - startedAt
  signal.throwIfAborted()
  if (!isDone && failure === undefined) throw brokenOff()
  const times = { firstWord: firstWord ?? whole, whole }
  if (failure !== undefined) return { ...FAILED, ...times, failure }
  const { messages } = await client.json(Messages, `${path}/messages`, { signal })
  return { ...readMessage(messages, setName), ...times }
}

const brokenOff = (): ApiError => new ApiError('The service ended an answer before its end.', 'internal_error', 502)

/** Minutes for which a question is offered to a service that asks to come later. */
const PATIENCE_MINUTES = 5

/**
 * The stream, once the service takes the question: it may ask to come later. @throws StartError with the service's reason
 * where it would not take it for minutes, such as for a limit of questions a day
 */
async function accepted(
  client: Client,
  { question, documents }: { readonly question: string; readonly documents?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly startedAt: number }> {
  const until = performance.now() + PATIENCE_MINUTES * 60_000
  for (;;) {
    const startedAt = performance.now()
    try {
      const body = jsonBody({ question, document_ids: documents }, signal)
      return { response: await client.fetch('/api/chat/ask/stream', body), startedAt }
    } catch (error) {
      if (!(error instanceof ApiError) || error.retryAfter === undefined) throw error
      const ms = error.retryAfter * 1000
      if (performance.now() + ms > until) {
        throw new StartError(
          `The service takes no question within ${PATIENCE_MINUTES} minutes. It says: ${error.message}`,
          {
            cause: error,
          },
        )
      }
      await sleep(ms, undefined, { signal })
    }
  }
}

const FAILED = {
  answer: '',
  abstained: true,
  confidence: 0,
  model: '',
  provider: '',
  tokens: 0,
  sentences: [],
} satisfies Partial<StreamedAnswer>

function readMessage(
  messages: z.output<typeof Messages>['messages'],
  setName: (document: string) => string,
): Omit<StreamedAnswer, 'firstWord' | 'whole'> {
  const message = messages.find(({ role }) => role === 'assistant')
  if (message === undefined) throw new Error('A chat holds no answer')
  const { abstained, confidence, api_used: provider, sentences } = Metadata.parse(message.metadata)
  const citations = z.array(Citation).parse(JSON.parse(message.citations_json))
  return {
    answer: message.content,
    abstained,
    confidence,
    model: message.model_used ?? '',
    provider,
    tokens: message.tokens_used ?? 0,
    sentences: sentences.map(({ text, verdict, reason_code: reason = null, citations: own }) => ({
      text,
      verdict,
      reason,
      citations: own.flatMap((at) => {
        const citation = citations[at]
        return citation === undefined ? [] : [readCitation(citation, setName)]
      }),
    })),
  }
}

const readCitation = (citation: z.output<typeof Citation>, setName: (document: string) => string) => ({
  number: citation.id,
  document: citation.doc_id === null ? null : setName(citation.doc_id),
  stored: citation.doc_id,
  version: citation.version,
  title: citation.title,
  quote: citation.quote,
  start: citation.start_char,
  end: citation.end_char,
  verdict: citation.verdict,
  reason: citation.reason_code ?? null,
})
