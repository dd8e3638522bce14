// Events of a streamed answer, as they arrive.
import { createParser } from 'eventsource-parser'
import { z } from 'zod'

const StreamEvent = z.object({
  /** `ANSWER_MESSAGE_ID-SEQ`; absent: not an event of the answer, but of this stream alone. */
  id: z.string().optional(),
  event: z.enum(['saved', 'start', 'meta', 'delta', 'done', 'error']),
  data: z.looseObject({}),
})
export type StreamEvent = z.infer<typeof StreamEvent>

export const isLast = ({ id, event }: StreamEvent): boolean =>
  id !== undefined && (event === 'done' || event === 'error')

export const seqOf = ({ id }: StreamEvent): number => Number(id?.split('-')[1])

/** Gives each event that has come whole to `onEvent`, until the stream ends. Rejects as `fetch` does where it breaks. */
export async function readEvents(response: Response, onEvent: (event: StreamEvent) => void): Promise<void> {
  const parser = createParser({
    onEvent: ({ id, event, data }) => onEvent(StreamEvent.parse({ id, event, data: JSON.parse(data) as unknown })),
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }))
}

export const deltasOf = (events: readonly StreamEvent[]): string =>
  events
    .filter(({ event }) => event === 'delta')
    .map(({ data }) => z.string().parse(data.content))
    .join('')
