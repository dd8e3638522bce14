import type { Audit, AuditEntry } from '../../core/ports/people.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Retention } from '../../database/retention.ts'

/** The audit log in the database. It outlives the accounts that it names. */
export function createAudit({ database, clock }: { database: Database; clock: Clock }) {
  /** In the transaction of what it tells about: neither is ever there without the other. */
  async function write(tx: Tx, { actor, action, target, outcome, address, requestId }: AuditEntry): Promise<void> {
    await tx
      .insertInto('audit_log')
      .values({
        at: clock.now().toISOString(),
        actor_id: actor,
        action,
        target: target ?? null,
        outcome,
        address,
        request_id: requestId,
      })
      .execute()
  }

  return {
    write,
    record: (entry) => database.write((tx) => write(tx, entry)),
  } satisfies Audit & { write: typeof write }
}

export type AuditLog = ReturnType<typeof createAudit>

/** Entries that are older than so many milliseconds. */
export const auditRetention = (database: Database, clock: Clock, keptMs: number): Retention => ({
  what: 'old entries of the audit log',
  remove(inSlices) {
    const before = new Date(clock.now().getTime() - keptMs).toISOString()
    return inSlices((limit) => database.write((tx) => pruneAudit(tx, before, limit)))
  },
})

async function pruneAudit(tx: Tx, before: string, limit: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('audit_log')
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('audit_log').select('id').where('at', '<', before).orderBy('at').orderBy('id').limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
