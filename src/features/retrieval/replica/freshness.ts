/**
 * Whether a replica shows what was committed more than `graceMs` ago, judged by where the change log ended at earlier looks;
 * and whether that was looked at lately.
 */
export function createFreshness(graceMs: number, now: () => number = () => performance.now()) {
  /** Ascending; the first is the newest that is at least so old, or there is none as old. */
  let looks: { readonly at: number; readonly end: number }[] = []
  let judgedAt = -Infinity
  let isFresh = false
  return {
    /** @param end the number of the last change */
    looked(end: number): void {
      looks.push({ at: now(), end })
      const old = looks.findLastIndex(({ at }) => at <= now() - graceMs)
      if (old > 0) looks = looks.slice(old)
    },
    /** @param position of the last change that it shows; undefined: it cannot be trusted */
    judge(position: number | undefined): void {
      judgedAt = now()
      isFresh = position !== undefined && position >= (looks[0]?.end ?? Infinity)
    },
    fresh: (): boolean => isFresh && now() - judgedAt <= 3 * graceMs,
  }
}
