import type { Audit, AuditEntry, Clock } from '../../core/ports.ts'
import type { Database, Tx } from '../../database/database.ts'

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
