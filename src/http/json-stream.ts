import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** UTF-16 code units of a text that are encoded in one go. */
const PIECE = 65_536

type Fields = Readonly<Record<string, unknown>>

export interface JsonList {
  /** The field that holds the array. */
  readonly field: string
  /** Read one by one, each when the client has taken the ones before. */
  readonly items: AsyncIterable<Fields>
  /** The other fields, after the array. */
  readonly rest: Fields
}

/**
 * Answers with a JSON object one of whose fields is a long array: the same bytes as sending it whole, without ever
 * holding more than one item. Check everything that may be refused before calling: an error from `items` can only
 * break the connection off. When the client leaves, the iterator of `items` is closed.
 */
export function sendJsonList(reply: FastifyReply, list: JsonList): FastifyReply {
  // Of a HEAD the framework would read the stream to its end and throw it away.
  const body = reply.request.method === 'HEAD' ? [] : listPieces(list)
  return reply
    .type('application/json; charset=utf-8')
    .send(Readable.from(body, { objectMode: false, highWaterMark: PIECE }))
}

async function* listPieces({ field, items, rest }: JsonList): AsyncGenerator<string> {
  yield `{${JSON.stringify(field)}:[`
  let separator = ''
  for await (const item of items) {
    yield separator
    yield* objectPieces(item)
    separator = ','
  }
  const others = JSON.stringify(rest)
  yield others === '{}' ? ']}' : `],${others.slice(1)}`
}

/** `JSON.stringify(object)` in pieces: a text of megabytes would hold the thread up. */
function* objectPieces(object: Fields): Generator<string> {
  let separator = '{'
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    yield `${separator}${JSON.stringify(name)}:`
    if (typeof value === 'string') yield* textPieces(value)
    else yield JSON.stringify(value)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}

function* textPieces(text: string): Generator<string> {
  yield '"'
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + PIECE)
    // Apart, the halves of a surrogate pair would be escaped.
    if ((text.codePointAt(end - 1) ?? 0) > 0xffff) end++
    yield JSON.stringify(text.slice(start, end)).slice(1, -1)
    start = end
  }
  yield '"'
}
