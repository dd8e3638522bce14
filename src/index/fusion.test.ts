import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { QueryTerms } from '../core/ports/search.ts'
import { fuse, lift, NEIGHBOURS, relevance, risingCandidates, type ScoredCandidates } from './fusion.ts'

const query = (terms: number, idfSum = terms): QueryTerms => ({
  terms: Array.from({ length: terms }, (_, i) => `term${String.fromCharCode(97 + i)}`),
  idf: Array.from({ length: terms }, () => idfSum / terms),
  idfSum,
})

const candidates = (cos: number[], bm25: number[], over: Partial<ScoredCandidates> = {}): ScoredCandidates => ({
  cos: Float64Array.from(cos),
  bm25: Float64Array.from(bm25),
  sigma: 0.0625,
  query: query(5),
  text: 'what is said of it',
  ...over,
})

/** The formula as the design's page has it, without the cases that it leaves open. */
function slowFuse({ cos, bm25, sigma, query: { terms, idfSum }, text }: ScoredCandidates): number[] {
  const mixed = text.split(/\s/).some((word) => /[a-z]/i.test(word) && /\d/.test(word) && word.length > 2)
  const lambda = terms.length <= 3 ? 4 : mixed ? 3 : 2
  const divisor = Math.max(...bm25, 0.25 * idfSum)
  return [...cos].map((cosine, i) => cosine / sigma + (divisor > 0 ? (lambda * (bm25[i] ?? 0)) / divisor : 0))
}

const passages = fc.array(
  fc.record({
    cos: fc.double({ min: -1, max: 1, noNaN: true }),
    bm25: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 20, noNaN: true })),
    vector: fc.boolean(),
  }),
  { maxLength: 30 },
)
const asked = fc.record({ terms: fc.nat(6), weight: fc.double({ min: 0, max: 40, noNaN: true }) })
const texts = fc.constantFrom('plain words', 'role of NLRP3 here', 'gpt-4o', '42 and 7', '')

test('equals the formula where every passage has a vector', () => {
  fc.assert(
    fc.property(passages, asked, texts, (list, { terms, weight }, text) => {
      const given = candidates(
        list.map(({ cos }) => cos),
        list.map(({ bm25 }) => bm25),
        { query: query(terms, weight), text },
      )
      const expected = slowFuse(given)
      fuse(given).fused.forEach((score, i) => assert.ok(Math.abs(score - (expected[i] ?? Number.NaN)) < 1e-9))
    }),
  )
})

test('the order of the candidates changes nothing, scores are numbers and shares lie in 0-1', () => {
  fc.assert(
    fc.property(passages, asked, texts, fc.nat(), (list, { terms, weight }, text, turn) => {
      const run = (order: typeof list) =>
        fuse(
          candidates(
            order.map(({ cos, vector }) => (vector ? cos : Number.NaN)),
            order.map(({ bm25 }) => bm25),
            { query: query(terms, weight), text },
          ),
        )
      const by = list.length === 0 ? 0 : turn % list.length
      const straight = run(list)
      const turned = run([...list.slice(by), ...list.slice(0, by)].reverse())
      assert.deepEqual(straight.fused.toSorted(), turned.fused.toSorted())
      assert.ok(straight.fused.every(Number.isFinite))
      assert.ok(straight.rel.every((share) => share >= 0 && share <= 1))
    }),
  )
})

test('a leg that knows more moves a passage up, never down', () => {
  const { fused } = fuse(candidates([0.5, 0.6, 0.5, 0.5], [1, 1, 2, 1]))
  const [plain, closer, wordier, same] = fused
  assert.ok(plain !== undefined && closer !== undefined && wordier !== undefined)
  assert.ok(closer > plain && wordier > plain)
  assert.equal(same, plain)
})

test('the words count for more in a short query and beside an identifier', () => {
  const lambda = (terms: number, text: string): number =>
    fuse(candidates([0], [1], { query: query(terms), text })).lambda
  assert.equal(lambda(3, 'NLRP3 x'), 4)
  assert.equal(lambda(4, 'plain words'), 2)
  assert.equal(lambda(4, 'what does NLRP3 do'), 3)
  assert.equal(lambda(4, 'what does ISO-27001 say'), 3)
  assert.equal(lambda(4, 'born in 1984 or 85'), 2)
  // Letters and digits on either side of a sign that no word has inside are in no word together.
  assert.equal(lambda(4, "plays of the 1980's"), 2)
  assert.equal(lambda(4, '在第 33 届超级碗中，38 岁的四分卫'), 2)
})

test('a weak word match fades instead of being stretched to the full', () => {
  const weak = fuse(candidates([0.5, 0.5], [0.1, 0], { query: query(8, 40) }))
  assert.equal(weak.rel[0], 0.01)
  const strong = fuse(candidates([0.5, 0.5], [30, 0], { query: query(8, 40) }))
  assert.equal(strong.rel[0], 1)
})

test('no words: the meaning alone; no candidates: nothing', () => {
  const none = query(0, 0)
  assert.deepEqual([...fuse(candidates([0.25, 0.5], [0, 0], { query: none })).fused], [4, 8])
  assert.equal(fuse(candidates([], [], { query: none })).fused.length, 0)
})

test('one, two and five passages', () => {
  assert.deepEqual([...fuse(candidates([0.5], [2])).fused], [10])
  assert.deepEqual([...fuse(candidates([0.5, 0.25], [2, 1])).fused], [10, 5])
  assert.equal(fuse(candidates([0.1, 0.2, 0.3, 0.4, 0.5], [5, 4, 3, 2, 1])).fused.length, 5)
})

test('a passage that has just gone takes nothing from the others', () => {
  assert.deepEqual([...fuse(candidates([0.5, 0.5, 0.5], [Number.NaN, 4, 2])).rel], [0, 1, 0.5])
})

test('a phrase counts with the words', () => {
  const words = candidates([0.5, 0.5], [2, 2])
  const { fused, rel } = fuse({ ...words, phrase: Float64Array.of(0, 4) })
  assert.deepEqual([...rel], [2 / 3.2, 1])
  assert.ok((fused[1] ?? 0) > (fused[0] ?? 0))
})

/** The formula as the design's page has it, from the cosines between all candidates. */
function slowLift(fused: readonly number[], cosines: readonly (readonly number[])[]): number[] {
  const best = [...fused.keys()].sort((a, b) => (fused[b] ?? 0) - (fused[a] ?? 0) || a - b).slice(0, 50)
  return fused.map((own, d) => {
    if (!best.includes(d) || best.length < 2) return own
    const near = best
      .filter((e) => e !== d)
      .sort((a, b) => (cosines[d]?.[b] ?? 0) - (cosines[d]?.[a] ?? 0))
      .slice(0, Math.min(5, best.length - 1))
    return own + (0.6 / near.length) * near.reduce((sum, e) => sum + Math.max(0, (fused[e] ?? 0) - own), 0)
  })
}

const liftable = fc.array(
  fc.record({
    fused: fc.double({ min: -5, max: 20, noNaN: true }),
    angle: fc.double({ min: 0, max: 6.28, noNaN: true }),
  }),
  { minLength: 1, maxLength: 70 },
)

function lifted(list: readonly { readonly fused: number; readonly angle: number }[]): {
  readonly fused: Float64Array
  readonly scores: Float64Array
  readonly cosines: readonly (readonly number[])[]
} {
  const fused = Float64Array.from(list, (passage) => passage.fused)
  const cosines = list.map(({ angle }) => list.map((other) => Math.cos(angle - other.angle)))
  const places = risingCandidates(fused, [...list.keys()])
  const neighbours = new Int32Array(places.length * NEIGHBOURS).fill(-1)
  places.forEach((place, i) => {
    const near = [...places.keys()].filter((j) => j !== i)
    near.sort((a, b) => (cosines[place]?.[places[b] ?? 0] ?? 0) - (cosines[place]?.[places[a] ?? 0] ?? 0))
    neighbours.set(near.slice(0, NEIGHBOURS), i * NEIGHBOURS)
  })
  return { fused, scores: lift(fused, places, neighbours), cosines }
}

test('lift equals the formula; none falls, none rises above the best, the first stays the first', () => {
  fc.assert(
    fc.property(liftable, (list) => {
      const { fused, scores, cosines } = lifted(list)
      slowLift([...fused], cosines).forEach((score, i) => assert.ok(Math.abs(score - (scores[i] ?? 0)) < 1e-9))
      const best = Math.max(...fused)
      scores.forEach((score, i) => assert.ok(score >= (fused[i] ?? 0) && score <= best))
      // `===`, to which 0 and -0 are the same.
      assert.ok(scores[fused.indexOf(best)] === best)
    }),
  )
})

test('one, two and five passages are lifted, and those without a vector stay where they are', () => {
  assert.deepEqual([...lift(Float64Array.of(3), [0], new Int32Array(5).fill(-1))], [3])
  const two = lift(Float64Array.of(1, 3), [1, 0], Int32Array.of(1, -1, -1, -1, -1, 0, -1, -1, -1, -1))
  assert.deepEqual([...two], [1 + 0.6 * 2, 3])
  const none = new Int32Array(25).fill(-1)
  assert.deepEqual([...lift(Float64Array.of(1, 2, 3, 4, 5), [4, 3, 2, 1, 0], none)], [1, 2, 3, 4, 5])
})

test('without any vector the words decide; a late passage stands where its words put it', () => {
  const nan = Number.NaN
  const words = fuse(candidates([nan, nan, nan], [1, 3, 2])).fused
  assert.ok((words[1] ?? 0) > (words[2] ?? 0) && (words[2] ?? 0) > (words[0] ?? 0))
  const { fused } = fuse(candidates([nan, 0.8, 0.5, nan], [4, 4, 1, 0]))
  assert.equal(fused[0], fused[1])
  assert.ok((fused[3] ?? 0) < (fused[0] ?? 0))
})

test('relevance keeps the order, lies in 0-1 and reaches both ends', () => {
  const sigma = 0.0625
  assert.equal(relevance(1 / sigma + 4, sigma), 1)
  assert.equal(relevance(-3, sigma), 0)
  const score = fc.double({ min: 0, max: 20, noNaN: true })
  fc.assert(
    fc.property(score, score, (a, b) => {
      const [x, y] = [relevance(a, sigma), relevance(b, sigma)]
      assert.ok(x >= 0 && x <= 1)
      if (a < b) assert.ok(x <= y)
    }),
  )
})
