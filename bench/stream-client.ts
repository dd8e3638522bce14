// One answer read from its event stream, with the time of everything that matters to the reader.
import { performance } from 'node:perf_hooks'
import { createParser } from 'eventsource-parser'
import { z } from 'zod'

export interface StreamTimes {
  /** Milliseconds from sending the question to the first piece of the answer. */
  readonly firstToken: number
  /** Milliseconds between one piece and the next. */
  readonly gaps: readonly number[]
  readonly total: number
  /** Milliseconds from sending the question to the first event of each name, of `meta` of each stage; by name. */
  readonly stages: Readonly<Record<string, number>>
  readonly pieces: number
  readonly text: string
}

const Delta = z.object({ content: z.string() })
const Meta = z.object({ stage: z.string() })
const Done = z.object({ full_content_len: z.int() })

/** Reads to the end. Throws where an event is missing, doubled or out of order, or the answer did not end well. */
export async function readStream(url: string, question: string): Promise<StreamTimes> {
  const began = performance.now()
  const response = await fetch(`${url}/api/chat/ask/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  })
  if (response.status !== 200 || response.body === null) {
    throw new Error(`${response.status} ${await response.text()}`)
  }
  const arrivals: number[] = []
  const stages: Record<string, number> = {}
  let text = ''
  let seq = 0
  let whole: number | undefined
  const parser = createParser({
    onEvent({ id, event, data }) {
      const number = Number(id?.split('-').at(-1))
      if (number !== seq + 1) throw new Error(`Event ${id ?? '(no id)'} came after ${seq}`)
      seq = number
      if (event === 'error') throw new Error(data)
      stages[event === 'meta' ? Meta.parse(JSON.parse(data)).stage : (event ?? '')] ??= performance.now() - began
      if (event === 'delta') {
        arrivals.push(performance.now())
        text += Delta.parse(JSON.parse(data)).content
      }
      if (event === 'done') whole = Done.parse(JSON.parse(data)).full_content_len
    },
  })
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) parser.feed(piece)
  if (whole !== text.length) throw new Error(`The answer has ${text.length} characters, its end says ${String(whole)}`)
  return {
    firstToken: (arrivals[0] ?? Number.NaN) - began,
    gaps: arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? at)),
    total: performance.now() - began,
    stages,
    pieces: arrivals.length,
    text,
  }
}
