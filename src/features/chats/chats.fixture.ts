import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { quietLogger } from '../../../test/databases.ts'
import { memory } from '../../adapters/shared-state/memory/adapter.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { LOCAL_USER, type ChatId, type MessageId, type UserId } from '../../core/ids.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Instances } from '../../database/instances.ts'
import { createAnswerPlaces } from '../../http/answer-places.ts'
import type { Asked } from './asking.ts'
import type { StoredEvent } from './events-repository.ts'
import { createScriptedSource } from './scripted-source.fixture.ts'
import { createChats, type ChatsService } from './service.ts'

export const forever = new AbortController().signal

export async function start(
  t: TestContext,
  database: Database,
  {
    graceMs = 60_000,
    source = createScriptedSource(),
    places = createAnswerPlaces(undefined),
    instances = onlyInstance(),
    shared = memory.create(),
    pollMs = undefined as number | undefined,
  } = {},
) {
  const answered: number[] = []
  let now = Date.parse('2026-01-02T03:04:05.000Z')
  const chats = await createChats(
    {
      database,
      instances,
      shared,
      source,
      places,
      systemPromptOf: async () => 'Be brief.',
      answered: (milliseconds) => void answered.push(milliseconds),
      clock: { now: () => new Date(now) },
      logger: quietLogger,
    },
    { graceMs, ...(pollMs === undefined ? {} : { pollMs }) },
  )
  t.after(() => chats.close())
  return { chats, source, answered, pass: (ms: number) => (now += ms) }
}

/** The one that is started next finds what this one left. */
export const onlyInstance = (): Instances => {
  const id = randomUUID()
  return {
    id,
    alone: true,
    clock: { now: () => new Date() },
    living: async () => new Set([id]),
    isAlive: async (_, other) => other === id,
    keptByAll: async () => 0,
    keeps: () => undefined,
    close: async () => undefined,
  }
}

/** Two that live beside each other. */
export function twoInstances(): [Instances, Instances] {
  const [one, other] = [onlyInstance(), onlyInstance()]
  const living = new Set([one.id, other.id])
  const beside = { alone: false, living: async () => living, isAlive: async (_: Tx, id: string) => living.has(id) }
  return [
    { ...one, ...beside },
    { ...other, ...beside },
  ]
}

export const asker = (owner: UserId = LOCAL_USER) => ({
  owner,
  by: { userId: owner, via: 'session' } as const,
  sessionId: null,
  requestId: 'request',
})

export const ask = (chats: ChatsService, question: string, chatId?: ChatId, owner?: UserId): Promise<Asked> =>
  chats.ask({ ...asker(owner), question, chatId })

export async function all(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const found: StoredEvent[] = []
  for await (const event of events) found.push(event)
  return found
}

export async function streamed(chats: ChatsService, id: MessageId, after?: number, owner = LOCAL_USER) {
  return all((await chats.stream(owner, id, after))(forever))
}

export const textOf = (events: readonly StoredEvent[]): string =>
  events
    .filter(({ event }) => event === 'delta')
    .map(({ json }) => (JSON.parse(json) as { content: string }).content)
    .join('')

export const names = (events: readonly StoredEvent[]): string[] => events.map(({ event }) => event)

export const refused = (code: ErrorCode) => (error: unknown) => error instanceof AppError && error.code === code

export const message = async (database: Database, id: MessageId) =>
  database.read.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
