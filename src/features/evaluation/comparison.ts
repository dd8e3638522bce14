import { bootstrap, type Estimate } from './bootstrap.ts'
import type { SearchType } from './evaluate.ts'
import { type Measure, measureNames, type Run, typesOf } from './run.ts'

/** A query whose result is another than before. */
export interface Change {
  readonly id: string
  readonly text: string
  readonly before: number
  readonly after: number
}

export interface MeasureComparison {
  /** New minus old over the queries of both; a difference whose interval holds 0 is no difference. */
  readonly difference: Estimate
  readonly wins: number
  readonly losses: number
  readonly ties: number
}

export interface TypeComparison {
  readonly type: SearchType
  readonly measures: Partial<Record<Measure, MeasureComparison>>
  /** By nDCG@10, the largest first. */
  readonly changed: readonly Change[]
}

export interface Comparison {
  readonly baseline: Pick<Run, 'at' | 'version' | 'set' | 'configuration'>
  /** False where documents, queries or grades are others: then the differences say little. */
  readonly sameSet: boolean
  /** Queries that both runs asked. */
  readonly queries: number
  /** Queries that only one of the runs asked. */
  readonly unpaired: number
  readonly types: readonly TypeComparison[]
}

/** Below this a difference is rounding. */
const EPSILON = 1e-9

/** Compares query by query, by id, in each way that both runs searched. */
export function compare(run: Run, baseline: Run, { changes = 5 }: { readonly changes?: number } = {}): Comparison {
  const before = new Map(baseline.queries.map((query) => [query.id, query]))
  const pairs = run.queries.flatMap((query) => {
    const old = before.get(query.id)
    return old === undefined ? [] : [{ query, old }]
  })
  const inBoth = new Set(typesOf(baseline))
  const types = typesOf(run)
    .filter((type) => inBoth.has(type))
    .map((type): TypeComparison => {
      const values = (measure: Measure): Change[] =>
        pairs.flatMap(({ query, old }) => {
          const after = query.results[type]?.[measure]
          const was = old.results[type]?.[measure]
          return after === undefined || was === undefined
            ? []
            : [{ id: query.id, text: query.text, before: was, after }]
        })
      return {
        type,
        measures: Object.fromEntries(
          measureNames.flatMap((measure) => {
            const found = values(measure)
            return found.length === 0 ? [] : [[measure, differences(found)]]
          }),
        ),
        changed: values('ndcg10')
          .filter(isChanged)
          .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
          .slice(0, changes),
      }
    })
  const { at, version, set, configuration } = baseline
  return {
    baseline: { at, version, set, configuration },
    sameSet: set.fingerprint === run.set.fingerprint,
    queries: pairs.length,
    unpaired: run.queries.length + baseline.queries.length - 2 * pairs.length,
    types,
  }
}

const isChanged = ({ before, after }: Change): boolean => Math.abs(after - before) > EPSILON

function differences(changes: readonly Change[]): MeasureComparison {
  const moved = changes.filter(isChanged)
  const wins = moved.filter(({ before, after }) => after > before).length
  return {
    difference: bootstrap(changes.map(({ before, after }) => after - before)),
    wins,
    losses: moved.length - wins,
    ties: changes.length - moved.length,
  }
}
