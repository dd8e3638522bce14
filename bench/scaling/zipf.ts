import { mulberry32 } from '../../src/features/evaluation/bootstrap.ts'

/** Shares of `count` owners by Zipf's law: the k-th has 1/k of what the first has. They add up to 1, largest first. */
export function zipf(count: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, i) => 1 / (i + 1))
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map((share) => share / sum)
}

/** Draws places of a list of shares, each as often as its share says; the same ones for the same seed. */
export function drawer(shares: Float64Array, seed: number): () => number {
  const random = mulberry32(seed)
  let end = 0
  const ends = shares.map((share) => (end += share))
  return () => {
    const wanted = random() * end
    let [low, high] = [0, ends.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] as number) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}
