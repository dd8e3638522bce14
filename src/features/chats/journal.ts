import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageId } from '../../core/ids.ts'
import { insertRows } from '../../database/bulk-insert.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isAway, isUniqueViolation } from '../../database/errors.ts'
import { sideBySide } from '../../database/gathered-writes.ts'
import { eventsAfter, isLast, type EventName, type StoredEvent } from './events-repository.ts'
import { messageState, type MessageRow } from './repository.ts'

/** The events of one answer on their way into the database. Nobody may see one before `committed` tells of it. */
export interface AnswerJournal {
  append(event: Exclude<EventName, 'delta'>, data: object): void
  /** A piece of the answer; joined with what still waits to be written. */
  delta(content: string): void
  /**
   * Writes what waits, then the last events, and `finish` in the same transaction (it may run more than once).
   * Resolves when they are durable. Where it rejects, nothing of all that was written, as far as anybody can tell: it may be
   * tried again after a `look`.
   */
  end(events: readonly LastEvent[], finish: (tx: Tx) => Promise<void>): Promise<void>
  /**
   * After a failure: tells of what was stored though its commit's answer got lost, and of what another process stored that
   * ended the answer. Gives the answer's state; undefined: it is gone.
   */
  look(): Promise<MessageRow['state'] | undefined>
}

export interface LastEvent {
  readonly event: EventName
  readonly data: object
}

export interface JournalListener {
  committed(events: readonly StoredEvent[]): void
  /** What waited could not be written, and is dropped: later events would leave a gap. Only `look` and `end` work from here. */
  failed(error: unknown): void
}

export interface Journal {
  /** @param seq of the last event of the answer that is stored */
  open(id: MessageId, seq: number, listener: JournalListener): AnswerJournal
}

interface Waiting {
  readonly event: EventName
  /** undefined: a delta, whose text is `content`. */
  readonly json: string | undefined
  content: string
}

interface Closing {
  readonly finish: (tx: Tx) => Promise<void>
  readonly settled: PromiseWithResolvers<void>
}

interface Line {
  readonly id: MessageId
  readonly listener: JournalListener
  /** Of the last event that is known to be committed. */
  seq: number
  waiting: Waiting[]
  closing: Closing | undefined
  broken: boolean
}

interface Entry {
  readonly line: Line
  readonly events: readonly StoredEvent[]
  readonly closing: Closing | undefined
}

const isSame = (a: StoredEvent, b: StoredEvent | undefined): boolean =>
  b !== undefined && a.seq === b.seq && a.event === b.event && a.json === b.json

/** Between two commits: long enough that many streams share one, far below what a reader of a stream notices. */
const GATHER_MS = 5

/**
 * One writer for all answers that are being made: what came together goes into one transaction, and pieces of text
 * that come while one is being committed become one event. So what is written follows the disk, not the models.
 */
/** @param stored hears which answers got events, once they are durable */
export function createJournal(database: Database, stored: (ids: readonly MessageId[]) => void): Journal {
  const dirty = new Set<Line>()
  let writing = false

  function take(line: Line): Entry {
    const events = line.waiting.map(({ event, json, content }, i): StoredEvent => ({
      seq: line.seq + i + 1,
      event,
      json: json ?? JSON.stringify({ content }),
    }))
    const { closing } = line
    line.waiting = []
    line.closing = undefined
    return { line, events, closing }
  }

  async function commit(entries: readonly Entry[]): Promise<void> {
    const rows = entries.flatMap(({ line, events }) =>
      events.map(({ seq, event, json }) => ({ message_id: line.id, seq, event, data: json })),
    )
    try {
      await database.write(async (tx) => {
        await insertRows(tx, 'answer_events', rows)
        await sideBySide(entries.map(async ({ closing }) => closing?.finish(tx)))
      })
    } catch (error) {
      if (isAway(error) || (entries.length === 1 && isUniqueViolation(error))) {
        await Promise.all(entries.map((entry) => goOn(entry, error)))
      }
      // One answer whose chat was deleted must not take the others with it.
      else if (entries.length > 1) await Promise.all(entries.map((entry) => commit([entry])))
      else entries.forEach((entry) => refuse(entry, error))
      return
    }
    for (const { line, events, closing } of entries) {
      advance(line, events)
      closing?.settled.resolve()
    }
    stored(entries.map(({ line }) => line.id))
  }

  function advance(line: Line, events: readonly StoredEvent[]): void {
    line.seq += events.length
    line.listener.committed(events)
  }

  /** As if nothing had happened where it is stored after all, as its commit's answer got lost. */
  async function goOn(entry: Entry, error: unknown): Promise<void> {
    const { line, events, closing } = entry
    const found = await look(line).catch(() => undefined)
    if (found === undefined || !events.every((event, i) => isSame(event, found.events[i]))) return refuse(entry, error)
    closing?.settled.resolve()
    stored([line.id])
  }

  /** Nobody else adds an event to an answer but with its end, so what is stored beyond what was told of is of this process. */
  async function look(
    line: Line,
  ): Promise<{ readonly events: readonly StoredEvent[]; readonly state: MessageRow['state'] | undefined }> {
    for (;;) {
      const state = await messageState(database.read, line.id)
      const events = await eventsAfter(database.read, line.id, line.seq, Number.MAX_SAFE_INTEGER)
      // It ended between the two.
      if (state === 'generating' && events.some(isLast)) continue
      advance(line, events)
      return { events, state }
    }
  }

  function refuse({ line, closing }: Entry, error: unknown): void {
    line.broken = true
    line.waiting = []
    if (closing === undefined) line.listener.failed(error)
    else closing.settled.reject(error)
    // Its end came while this was being written: it would leave out what was not.
    line.closing?.settled.reject(error)
    line.closing = undefined
    dirty.delete(line)
  }

  async function write(): Promise<void> {
    // What is said in the same breath goes together.
    await Promise.resolve()
    while (dirty.size > 0) {
      const entries = [...dirty].map(take)
      dirty.clear()
      await commit(entries)
      await sleep(GATHER_MS)
    }
    writing = false
  }

  function wake(): void {
    if (writing) return
    writing = true
    // `commit` throws nothing: what fails is told to whom it concerns.
    void write()
  }

  return {
    open(id, seq, listener) {
      const line: Line = { id, listener, seq, waiting: [], closing: undefined, broken: false }

      const add = (...events: readonly Waiting[]): void => {
        line.waiting.push(...events)
        dirty.add(line)
        wake()
      }
      const whole = (event: EventName, data: object): Waiting => ({ event, json: JSON.stringify(data), content: '' })

      return {
        append(event, data) {
          if (!line.broken) add(whole(event, data))
        },
        delta(content) {
          if (line.broken) return
          const last = line.waiting.at(-1)
          if (last !== undefined && last.json === undefined) last.content += content
          else add({ event: 'delta', json: undefined, content })
        },
        end(events, finish) {
          const settled = Promise.withResolvers<void>()
          line.broken = false
          line.closing = { finish, settled }
          add(...events.map(({ event, data }) => whole(event, data)))
          return settled.promise
        },
        look: async () => (await look(line)).state,
      }
    },
  }
}
