import type { ReadableStreamReadResult } from 'node:stream/web'
import { createParser } from 'eventsource-parser'
import type { Failures } from './provider-failure.ts'

/** How a body is read: each wait goes through `waiting`, which may bound it. */
export interface Reading {
  readonly waiting: <T>(work: Promise<T>) => Promise<T>
  readonly failures: Failures
}

/** Characters of one event. A delta has a few; what sends more is no such server. */
const LONGEST_EVENT = 1_048_576
const LONGEST_BODY = 8_388_608

/** Lower case; empty: none. */
export const mediaTypeOf = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** Throws that the body is of no type that a model answers in. */
export function wrongType(type: string, { failures }: Reading): never {
  throw failures.unreadable(`it is ${type === '' ? 'of no type' : type}`)
}

async function* textOf(response: Response, { waiting }: Pick<Reading, 'waiting'>): AsyncGenerator<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  const decoder = new TextDecoder()
  for (;;) {
    const read: ReadableStreamReadResult<Uint8Array> = await waiting(reader.read())
    if (read.done) break
    yield decoder.decode(read.value, { stream: true })
  }
  yield decoder.decode()
}

export async function wholeText(response: Response, reading: Reading): Promise<string> {
  let body = ''
  for await (const text of textOf(response, reading)) {
    body += text
    if (body.length > LONGEST_BODY) throw reading.failures.unreadable('it is too long')
  }
  return body
}

/** The `data` of server-sent events. `onField`: gives the data of a line that the format does not know, if it means one. */
export async function* sentEvents(
  response: Response,
  reading: Reading,
  onField: (name: string, value: string) => string | undefined = () => undefined,
): AsyncGenerator<string> {
  const events: string[] = []
  let tooLong = false
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => events.push(data),
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') tooLong = true
      if (error.type !== 'unknown-field') return
      const data = onField(error.field ?? '', error.value ?? '')
      if (data !== undefined) events.push(data)
    },
  })
  for await (const text of textOf(response, reading)) {
    parser.feed(text)
    if (tooLong) throw reading.failures.unreadable('one of its events is too long')
    yield* events.splice(0)
  }
  // The last event where a server leaves out the blank line behind it.
  parser.feed('\n\n')
  yield* events.splice(0)
}

/** The lines of a body, without empty ones. */
export async function* linesOf(response: Response, reading: Reading): AsyncGenerator<string> {
  let held = ''
  for await (const text of textOf(response, reading)) {
    const lines = (held + text).split('\n')
    held = lines.pop() ?? ''
    if (held.length > LONGEST_EVENT) throw reading.failures.unreadable('one of its lines is too long')
    for (const line of lines) if (line.trim() !== '') yield line
  }
  if (held.trim() !== '') yield held
}

/** undefined: it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
