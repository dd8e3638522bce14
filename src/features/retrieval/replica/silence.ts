import type { ReplicaRow } from '../../../database/vector-replicas.ts'

/**
 * Says whether nobody has said for `silenceMs` that it writes to a replica. Only what was asked about again and again counts:
 * while nobody asked, as the server was away, nobody may have written either.
 */
export function createSilence(silenceMs: number): (row: ReplicaRow) => boolean {
  /** By what is written to: who writes, its beat, and when that was seen first. */
  const beats = new Map<string, { readonly beat: string; readonly at: number; askedAt: number }>()
  return ({ name, writer, beat }) => {
    const key = `${writer} ${beat}`
    const seen = beats.get(name)
    const now = performance.now()
    if (seen?.beat === key && now - seen.askedAt < silenceMs / 2) {
      seen.askedAt = now
      return now - seen.at >= silenceMs
    }
    beats.set(name, { beat: key, at: now, askedAt: now })
    return false
  }
}
