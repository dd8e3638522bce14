/**
 * Between what a share lies in 95 of 100 cases (Wilson 1927, the score interval). Unlike a bootstrap it also says something
 * of a share of 0 or 1.
 */
export function wilson(hits: number, total: number): { low: number; high: number } {
  const z = 1.959964
  const share = hits / total
  const centre = share + (z * z) / (2 * total)
  const half = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total))
  const scale = 1 + (z * z) / total
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) }
}
