import type { ReplicaRow } from '../../../database/vector-replicas.ts'

/** Says whether nobody has said for `silenceMs` that it writes to a replica, as far as it was asked meanwhile. */
export function createSilence(silenceMs: number): (row: ReplicaRow) => boolean {
  /** By what is written to: who writes, its beat, and when that was seen first. */
  const beats = new Map<string, { readonly beat: string; readonly at: number }>()
  return ({ name, writer, beat }) => {
    const key = `${writer} ${beat}`
    const seen = beats.get(name)
    if (seen?.beat === key) return performance.now() - seen.at >= silenceMs
    beats.set(name, { beat: key, at: performance.now() })
    return false
  }
}
