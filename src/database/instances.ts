import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { StartError } from '../core/start-error.ts'
import type { Clock, Logger } from '../core/ports/surroundings.ts'
import type { Database, Reader, Tx } from './database.ts'

/** The processes that share one database, of which this is one. */
export interface Instances {
  /** New with every start. */
  readonly id: string
  /** No other process ever works on this database. */
  readonly alone: boolean
  /** The database's time, to within half of a round trip: what several machines agree on. */
  readonly clock: Clock
  /**
   * Those that are alive, this one included: whatever the others were doing, they do not end it. Undefined: it cannot be told
   * now, since the database was away and nobody could show that they live.
   */
  living(): Promise<ReadonlySet<string> | undefined>
  /** Whether another one lives, as the transaction sees it: asked for who had not begun when `living` was. */
  isAlive(tx: Tx, id: string): Promise<boolean>
  /** The number of the change up to which every one of them keeps its index; what comes before is of no use to any. */
  keptByAll(): Promise<number>
  /** @param kept gives the number of the last change that this one's index keeps; 0: none */
  keeps(kept: () => number): void
  close(): Promise<void>
}

export interface InstancesDeps {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  /** Of the data folder, which one process at a time has: what was here before is dead. */
  readonly place: string
  /** What signs log-ins; undefined: nobody logs in. */
  readonly secret: string | undefined
  /** Between two signs of life, in ms; 2,000 by default. */
  readonly beatMs?: number
  /** Who gave none for so long is dead; 15,000 ms by default. */
  readonly silentMs?: number
}

/** Rows of those that are dead are of no use for longer, in ms. */
const FORGOTTEN_MS = 3_600_000
/** A round trip that took longer says too little about the time. */
const EXACT_MS = 250

/** Two clocks that run apart by more between two signs of life have not both gone on evenly, in ms. */
const STEP_MS = 2000

interface Beat {
  /** By `performance.now()`. */
  readonly sentAt: number
  readonly heardAt: number
  /** By the database's clock, in ms. */
  readonly seenAt: number
}

/** Whether the database's clock was set between two signs of life: it went on by another time than passed here. */
export function hasStepped(last: Beat, now: Beat): boolean {
  const passed = now.seenAt - last.seenAt
  return passed < now.sentAt - last.heardAt - STEP_MS || passed > now.heardAt - last.sentAt + STEP_MS
}

const ISO = (time: ReturnType<typeof sql>) =>
  sql<string>`to_char((${time}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const NOW = ISO(sql`clock_timestamp()`)
const ago = (ms: number) => ISO(sql`clock_timestamp() - ${ms}::float8 * interval '1 millisecond'`)

/** @throws StartError where another living instance signs log-ins with another key */
export async function openInstances(deps: InstancesDeps): Promise<Instances> {
  const { database, clock } = deps
  const id = randomUUID()
  if (database.dialect === 'postgres') return openShared(deps, id)
  let kept = (): number => 0
  return {
    id,
    alone: true,
    clock,
    living: async () => new Set([id]),
    isAlive: async (_, other) => other === id,
    keptByAll: async () => kept(),
    keeps: (own) => void (kept = own),
    close: async () => undefined,
  }
}

async function openShared(deps: InstancesDeps, id: string): Promise<Instances> {
  const { database, clock, logger, place, beatMs = 2000, silentMs = 15_000 } = deps
  const key = deps.secret === undefined ? null : createHash('sha256').update(`evident ${deps.secret}`).digest('hex')
  let kept = (): number => 0
  let offset = 0
  /** Since when every sign of life of this one came through, by `performance.now()`; so long could those of the others. */
  let steadySince: number | undefined
  let last: Beat | undefined
  let beating: Promise<void> | undefined
  let closed = false

  async function beat(): Promise<void> {
    const before = [clock.now().getTime(), performance.now()] as const
    // However busy the other connections are: one that is slow is not dead.
    const { seen_at } = await (database.apart ?? database.read)
      .insertInto('instances')
      .values({ id, place, signing_key: key, started_at: NOW, seen_at: NOW, kept: kept() })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: NOW, kept: kept() }))
      .returning('seen_at')
      .executeTakeFirstOrThrow()
    const now: Beat = { sentAt: before[1], heardAt: performance.now(), seenAt: Date.parse(seen_at) }
    const tookMs = now.heardAt - now.sentAt
    if (last === undefined || tookMs < EXACT_MS) offset = now.seenAt - (before[0] + tookMs / 2)
    if (last === undefined || now.heardAt - last.heardAt > silentMs / 2 || hasStepped(last, now))
      steadySince = now.heardAt
    last = now
  }

  function isSteady(): boolean {
    const now = performance.now()
    if (steadySince === undefined || last === undefined) return false
    return now - last.heardAt <= silentMs / 2 && now - steadySince >= silentMs
  }

  async function living(): Promise<ReadonlySet<string> | undefined> {
    if (!isSteady()) return undefined
    const found = await seen(database.read)
    // A sign of life that was under way may have found that the database's clock has stepped.
    await beating
    return isSteady() ? found : undefined
  }

  /** Compared with this one's own last sign of life and not with the time, of which nobody has shown anything yet. */
  async function seen(db: Reader | Tx): Promise<ReadonlySet<string> | undefined> {
    const rows = await (db as Reader).selectFrom('instances').select(['id', 'seen_at']).execute()
    const own = rows.find((row) => row.id === id)
    if (own === undefined) return undefined
    const since = Date.parse(own.seen_at) - silentMs
    return new Set(rows.filter(({ seen_at }) => Date.parse(seen_at) >= since).map((row) => row.id))
  }

  await database.write(async (tx) => {
    await tx
      .deleteFrom('instances')
      .where((eb) => eb.or([eb('place', '=', place), eb('seen_at', '<', ago(FORGOTTEN_MS))]))
      .execute()
  })
  await beat()
  if (key !== null) {
    const other = await database.read
      .selectFrom('instances')
      .select('id')
      .where('seen_at', '>=', ago(silentMs))
      .where('signing_key', '!=', key)
      .executeTakeFirst()
    if (other !== undefined) {
      await database.write((tx) => tx.deleteFrom('instances').where('id', '=', id).execute())
      throw new StartError(
        'Another instance on this database signs log-ins with another key: give all of them the same JWT_SECRET_KEY.',
      )
    }
  }
  // Whoever lives could show it all the time if the server has been up.
  const { rows } = await sql<{ up: boolean }>`
    select pg_postmaster_start_time() < clock_timestamp() - ${silentMs}::float8 * interval '1 millisecond' as up
  `.execute(database.read)
  if (rows[0]?.up === true) steadySince = performance.now() - silentMs

  const timer = setInterval(() => {
    beating ??= beat()
      .catch((error: unknown) => logger.warn({ err: error }, 'This instance could not show that it lives'))
      .finally(() => (beating = undefined))
  }, beatMs).unref()

  return {
    id,
    alone: false,
    clock: { now: () => new Date(clock.now().getTime() + offset) },
    living,
    async isAlive(tx, other) {
      return (await seen(tx))?.has(other) ?? true
    },
    async keptByAll() {
      // One that is silent for long begins anew if it ever comes back.
      const known = database.read.selectFrom('instances').select('kept').where('seen_at', '>=', ago(FORGOTTEN_MS))
      const rows = await known.execute()
      return Math.min(kept(), ...rows.map((row) => row.kept))
    },
    keeps: (own) => void (kept = own),
    async close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      await beating
      await database
        .write((tx) => tx.deleteFrom('instances').where('id', '=', id).execute())
        .catch((error: unknown) => logger.warn({ err: error }, 'This instance could not say that it ends'))
    },
  }
}
