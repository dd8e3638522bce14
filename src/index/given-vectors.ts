import type { GivenNearest } from '../core/ports/search.ts'
import type { Legs } from './ranking.ts'

/**
 * The vectors' side of a query whose nearest passages another store has found. What the index itself does not hold, or what
 * is not in the scope, is left out: it is late or gone.
 * @param isFound whether a passage may be found
 * @param own asked for what the other store gives no vectors of
 */
export function givenVectors(
  given: GivenNearest,
  isFound: (chunk: number) => boolean,
  own: Pick<Legs, 'scoreVectors' | 'neighbours'>,
): Pick<Legs, 'searchVectors' | 'scoreVectors' | 'neighbours'> {
  const searchVectors: Legs['searchVectors'] = (_, limit, only) => {
    const meeting = only === undefined ? undefined : new Set(only)
    const places: number[] = []
    for (let place = 0; place < given.chunks.length && places.length < limit; place++) {
      const chunk = given.chunks[place] as number
      if (meeting?.has(chunk) !== false && isFound(chunk)) places.push(place)
    }
    return {
      chunks: Float64Array.from(places, (place) => given.chunks[place] as number),
      scores: Float64Array.from(places, (place) => given.scores[place] as number),
    }
  }
  const { vectors } = given
  if (vectors === undefined) return { ...own, searchVectors }
  const rowOf = new Map(Array.from(vectors.chunks, (chunk, row) => [chunk, row]))
  const vectorOf = (chunk: number, { length }: { readonly length: number }): Float32Array | undefined => {
    const row = rowOf.get(chunk)
    return row === undefined ? undefined : vectors.values.subarray(row * length, (row + 1) * length)
  }
  return {
    searchVectors,
    scoreVectors: (query, chunks) =>
      Float64Array.from(chunks, (chunk) => {
        const vector = vectorOf(chunk, query)
        return vector === undefined ? Number.NaN : product(query, vector)
      }),
    neighbours(chunks, count) {
      const length = vectors.values.length / vectors.chunks.length
      const known = Array.from(chunks, (chunk) => vectorOf(chunk, { length }))
      const nearest = new Int32Array(chunks.length * count).fill(-1)
      for (const [place, vector] of known.entries()) {
        if (vector === undefined) continue
        const others = known.flatMap((other, at) =>
          other === undefined || at === place ? [] : [{ at, cos: product(vector, other) }],
        )
        others.sort((a, b) => b.cos - a.cos || a.at - b.at)
        for (const [rank, { at }] of others.slice(0, count).entries()) nearest[place * count + rank] = at
      }
      return nearest
    },
  }
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
