/** What a query should find, with the grade of each; only grades above 0. */
export type Relevant<Id> = ReadonlyMap<Id, number>

const discount = (rank: number): number => 1 / Math.log2(rank + 2)

/**
 * Normalised discounted cumulative gain of the first `depth`, with the grades as gains, 0 to 1 (Järvelin and Kekäläinen
 * 2002, as trec_eval's `ndcg_cut` counts it). What is relevant and is not in the list counts against it.
 */
export function ndcg<Id>(list: readonly Id[], relevant: Relevant<Id>, depth: number): number {
  const gain = (grades: readonly number[]): number =>
    grades.slice(0, depth).reduce((sum, grade, rank) => sum + grade * discount(rank), 0)
  const ideal = gain([...relevant.values()].sort((a, b) => b - a))
  return gain(list.map((id) => relevant.get(id) ?? 0)) / ideal
}

/** Share of all that is relevant among the first `depth`. */
export const recall = <Id>(list: readonly Id[], relevant: Relevant<Id>, depth: number): number =>
  list.slice(0, depth).filter((id) => relevant.has(id)).length / relevant.size

/** 1 over the place of the first relevant one, counted from 1; 0 where none is among the first `depth`. */
export function reciprocalRank<Id>(list: readonly Id[], relevant: Relevant<Id>, depth: number): number {
  const rank = list.slice(0, depth).findIndex((id) => relevant.has(id))
  return rank === -1 ? 0 : 1 / (rank + 1)
}

/** 0 of nothing. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** `share` 0.5 gives the median; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
