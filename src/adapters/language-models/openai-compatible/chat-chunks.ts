import type { ReadableStreamReadResult } from 'node:stream/web'
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { complainedMidway, unreadable, withoutSecrets } from './provider-failure.ts'
import type { Complaint } from './provider-failure.ts'

const text = z.string().nullish()
const Said = z.object({ content: text, refusal: text }).nullish()

/** What a server says of an error: an object, or only a sentence. */
const ErrorBody = z
  .union([
    z.string().transform((message): Complaint => ({ message })),
    z
      .object({ message: text, type: text, code: z.union([z.string(), z.number()]).nullish() })
      .transform(({ message, type, code }): Complaint => ({
        message: message ?? '',
        type: type ?? undefined,
        code: code === null || code === undefined ? undefined : String(code),
      })),
  ])
  .nullish()

/** The parts of a completion, streamed or whole, that an answer is made of. Whatever else a server sends is left. */
const Completion = z.object({
  choices: z.array(z.object({ delta: Said, message: Said, finish_reason: text })).nullish(),
  usage: z
    .object({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      total_tokens: z.number().nullish(),
    })
    .nullish(),
  error: ErrorBody,
})

const Refusal = z.union([
  z.object({ error: ErrorBody }),
  // vLLM and others: without the envelope.
  z.object({ message: z.string() }).transform(({ message }) => ({ error: { message } as Complaint })),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ error: { message: detail } as Complaint })),
])

/** A piece of a completion. */
export interface ChatChunk {
  readonly text: string
  /** As the service calls it; null: it goes on. */
  readonly finishReason: string | null
  readonly tokens: number | null
}

/** Characters of one event. A delta has a few; what sends more is no such server. */
const LONGEST_EVENT = 1_048_576
const LONGEST_BODY = 8_388_608

function chunkOf(json: string, key: string | undefined): ChatChunk {
  let parsed: z.output<typeof Completion>
  try {
    parsed = Completion.parse(JSON.parse(json))
  } catch (error) {
    // Its message would quote the text.
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw unreadable('it is not in the format of chat completions')
    }
    throw error
  }
  const { choices, usage, error } = parsed
  if (error !== null && error !== undefined) {
    throw complainedMidway({ ...error, message: withoutSecrets(error.message, key) })
  }
  const choice = choices?.[0]
  const said = choice?.delta ?? choice?.message
  return {
    text: `${said?.content ?? ''}${said?.refusal ?? ''}`,
    finishReason: choice?.finish_reason ?? null,
    tokens: usage === null || usage === undefined ? null : totalOf(usage),
  }
}

function totalOf(usage: NonNullable<z.output<typeof Completion>['usage']>): number | null {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  if (typeof total === 'number') return total
  return typeof prompt === 'number' && typeof completion === 'number' ? prompt + completion : null
}

/** Bytes of a body as they come; each wait goes through `waiting`, which may bound it. */
async function* bytesOf(response: Response, waiting: <T>(work: Promise<T>) => Promise<T>): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  for (;;) {
    const read: ReadableStreamReadResult<Uint8Array> = await waiting(reader.read())
    if (read.done) return
    yield read.value
  }
}

async function wholeText(response: Response, waiting: <T>(work: Promise<T>) => Promise<T>): Promise<string> {
  const decoder = new TextDecoder()
  let body = ''
  for await (const bytes of bytesOf(response, waiting)) {
    body += decoder.decode(bytes, { stream: true })
    if (body.length > LONGEST_BODY) throw unreadable('it is too long')
  }
  return body + decoder.decode()
}

/** What a server says that ends in order, but without a reason. */
const DONE: ChatChunk = { text: '', finishReason: 'stop', tokens: null }

/**
 * The events of a stream; a server that does not stream gives one chunk. Where none of them has a `finishReason`, the
 * stream broke off.
 */
export async function* chatChunks(
  response: Response,
  waiting: <T>(work: Promise<T>) => Promise<T>,
  key: string | undefined,
): AsyncGenerator<ChatChunk> {
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) {
    const whole = chunkOf(await wholeText(response, waiting), key)
    yield { ...whole, finishReason: whole.finishReason ?? 'stop' }
    return
  }
  if (!type.includes('event-stream')) throw unreadable(`it is ${type === '' ? 'of no type' : type.split(';')[0]}`)

  const events: string[] = []
  let tooLong = false
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => events.push(data),
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') tooLong = true
      // llama.cpp words an error as a field of its own.
      if (error.type === 'unknown-field' && error.field === 'error') events.push(`{"error":${error.value ?? '""'}}`)
    },
  })
  const decoder = new TextDecoder()
  for await (const bytes of bytesOf(response, waiting)) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    if (tooLong) throw unreadable('one of its events is too long')
    for (const data of events.splice(0)) {
      yield data === '[DONE]' ? DONE : chunkOf(data, key)
      if (data === '[DONE]') return
    }
  }
  // The last event where a server leaves out the blank line behind it.
  parser.feed('\n\n')
  for (const data of events.splice(0)) yield data === '[DONE]' ? DONE : chunkOf(data, key)
}

/** What a refusal says, without secrets; empty where it says nothing that can be shown, such as a page of a proxy. */
export async function complaintOf(
  response: Response,
  waiting: <T>(work: Promise<T>) => Promise<T>,
  key: string | undefined,
): Promise<Complaint> {
  try {
    const parsed = Refusal.safeParse(JSON.parse(await wholeText(response, waiting)))
    const complaint = parsed.success ? parsed.data.error : undefined
    return complaint === null || complaint === undefined
      ? { message: '' }
      : { ...complaint, message: withoutSecrets(complaint.message, key) }
  } catch (error) {
    // The status alone is enough to say what failed.
    if (error instanceof SyntaxError) return { message: '' }
    throw error
  }
}
