/**
 * What docs/scaling.md plans with: memory and disk for 10 million, 100 million and a billion chunks, and a simulation of the
 * service under a mixed load at each size, from the figures of bench/scaling/figures.ts; first how far the simulation is off a
 * real server's times.
 *
 *   npm run bench -- scaling-simulation [--seconds 60] [--seed 1]
 *
 * Deterministic: the same figures and seed give the same tables. Leaves .bench/scaling-simulation.json.
 */
import { parseArgs } from 'node:util'
import { ms, report, type Row } from './report.ts'
import { FIGURES, type Figures, MEASURED } from './scaling/figures.ts'
import { gigabytes, plan } from './scaling/plan.ts'
import { simulate, type Arrivals, type Outcome, type Scenario } from './scaling/service.ts'
import { zipf } from './scaling/zipf.ts'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
})
const seconds = Number(options.seconds)
const seed = Number(options.seed)
const CHUNKS_PER_DOCUMENT = 10
/** Share of its time that a station may work before lines grow without end. */
const SATURATED = 0.98
const LIGHTER = 50
/** Documents and rows that are put into Milvus in one go, where there are as many. */
const FULL_BATCH = 100
const ROWS_A_BATCH = FULL_BATCH * CHUNKS_PER_DOCUMENT

// --- A real server beside it ---------------------------------------------------------------------------------------

function validated(): { rows: Row[]; compared: object[] } {
  const { cores, chunks, clients, runs } = MEASURED
  const compared = runs.map((run) => {
    const { search } = simulate(
      { ...FIGURES, ...run.with },
      {
        instances: 1,
        cores,
        postgres: false,
        milvus: 0,
        owners: zipf(1),
        chunks,
        chunksPerDocument: CHUNKS_PER_DOCUMENT,
        embedders: 1,
        encoders: cores,
        arrivals: { searches: 0, documents: 0, questions: 0, deletions: 0 },
        clients,
        seconds,
        seed,
      },
    )
    return { measured: run, simulated: search }
  })
  const rows = compared.flatMap(({ measured, simulated }): Row[] => [
    [`${clients} clients, ${measured.what}: p50, p99, a second measured`, toldSearch(measured)],
    ['  simulated; off by', `${toldSearch(simulated)}; ${comparedWith(simulated, measured)}`],
  ])
  return { rows, compared }
}

type Searched = Outcome['search']

const toldSearch = ({ p50, p99, perSecond }: Searched): string => `${ms(p50)}, ${ms(p99)}, ${perSecond.toFixed(0)}`

const comparedWith = (one: Searched, other: Searched): string =>
  (['p50', 'p99', 'perSecond'] as const).map((name) => off(one[name], other[name])).join(', ')

const off = (simulated: number, measured: number): string =>
  `${simulated < measured ? '-' : '+'}${Math.abs(100 * (simulated / measured - 1)).toFixed(0)} %`

// --- The sizes -----------------------------------------------------------------------------------------------------

interface Size {
  readonly chunks: number
  readonly owners: number
  readonly instances: number
  readonly milvusCores: number
  readonly arrivals: Arrivals
}

const SIZES: readonly Size[] = [10e6, 100e6, 1e9].map((chunks, i) => ({
  chunks,
  owners: 1000 * 10 ** i,
  instances: 2 * 4 ** i,
  milvusCores: 8 * 8 ** i,
  arrivals: times({ searches: 5, questions: 1, documents: 1, deletions: 0.1 }, 10 ** i),
}))

type Deployment = 'one process' | 'instances on PostgreSQL' | 'with Milvus'

function times(arrivals: Arrivals, factor: number): Arrivals {
  const { searches, questions, documents, deletions } = arrivals
  return {
    searches: searches * factor,
    questions: questions * factor,
    documents: documents * factor,
    deletions: deletions * factor,
  }
}

function scenarioOf(size: Size, deployment: Deployment): Scenario {
  const isOne = deployment === 'one process'
  const instances = isOne ? 1 : size.instances
  const embedded = size.arrivals.documents * CHUNKS_PER_DOCUMENT * FIGURES.embedChunk
  return {
    instances,
    postgres: !isOne,
    milvus: deployment === 'with Milvus' ? size.milvusCores : 0,
    owners: zipf(size.owners),
    chunks: size.chunks,
    chunksPerDocument: CHUNKS_PER_DOCUMENT,
    // As many as keep up, and half as many again: it is the one part that is bought by the thread.
    embedders: Math.max(1, Math.ceil((1.5 * embedded) / instances)),
    encoders: 1,
    arrivals: size.arrivals,
    seconds,
    seed,
  }
}

function told({ search, lag, replicaLag, used }: Outcome): Row[] {
  const busiest = [...used].sort(([, a], [, b]) => b - a).slice(0, 3)
  const isOver = busiest.some(([, share]) => share >= SATURATED)
  const shares = busiest.map(([name, share]) => `${name} ${(100 * share).toFixed(0)} %`).join(', ')
  const lags = replicaLag === undefined ? '' : `; Milvus ${seconds1(replicaLag.p50)}, ${seconds1(replicaLag.p99)}`
  if (isOver) return [['    SATURATED: lines grow without end', shares]]
  return [
    [
      '    search p50, p99; lag p50, p99',
      `${ms(search.p50)}, ${ms(search.p99)}; ${seconds1(lag.p50)}, ${seconds1(lag.p99)}${lags}`,
    ],
    ['    busiest', shares],
  ]
}

const seconds1 = (value: number): string => (value < 1 ? `${(1000 * value).toFixed(0)} ms` : `${value.toFixed(1)} s`)

/**
 * How many times the load it stands, and what gives way first: by the share of its time that each station works under a
 * fiftieth of it, where nothing has to wait. Milvus is then written to in batches, which pay their fixed part once.
 */
function stands(scenario: Scenario): Row[] {
  const arrivals = times(scenario.arrivals, 1 / LIGHTER)
  const figures = { ...FIGURES, milvusPut: FIGURES.milvusPut / FULL_BATCH }
  const { used } = simulate(figures, { ...scenario, arrivals, seconds: LIGHTER * 20 })
  const first = [...used].sort(([, a], [, b]) => b - a).slice(0, 3)
  const factors = first.map(([name, share]) => `${name} ${(1 / (LIGHTER * share)).toPrecision(2)}`)
  return [['    times this load that it stands, the weakest first', factors.join(', ')]]
}

function sized(): { rows: Row[]; figures: object[] } {
  const rows: Row[] = []
  const figures: object[] = []
  for (const size of SIZES) {
    const owners = zipf(size.owners)
    const { searches, questions, documents, deletions } = size.arrivals
    rows.push([
      `${size.chunks / 1e6} million chunks, ${size.owners} owners, the largest of ${((size.chunks * (owners[0] ?? 0)) / 1e6).toFixed(1)} million`,
      `${searches} searches, ${questions} questions, ${documents} documents, ${deletions} deletions a second`,
    ])
    for (const deployment of ['one process', 'instances on PostgreSQL', 'with Milvus'] as const) {
      const scenario = scenarioOf(size, deployment)
      const needs = ([384, 1024] as const).map((dimension) => {
        const { chunks, chunksPerDocument, postgres } = scenario
        return { dimension, ...plan({ chunks, dimension, chunksPerDocument, postgres, milvus: scenario.milvus > 0 }) }
      })
      rows.push([`  ${deployment}: ${scenario.instances} of us, ${scenario.embedders} embedding threads each`, ''])
      for (const need of needs) {
        rows.push([
          `    ${need.dimension} numbers: an instance's memory, disk; database; Milvus's memory, disk`,
          `${gigabytes(need.index + need.followed)}, ${gigabytes(need.instanceDisk)}; ${gigabytes(need.database)}; ` +
            `${gigabytes(need.milvusMemory)}, ${gigabytes(need.milvusDisk)}`,
        ])
        for (const why of need.refused) rows.push(['      refused', why])
        for (const why of need.hurts) rows.push(['      hurts', why])
      }
      const outcome = simulate(FIGURES, scenario)
      rows.push(...told(outcome), ...stands(scenario), ...filling(FIGURES, scenario))
      figures.push({
        scenario: { ...scenario, owners: size.owners },
        needs,
        outcome: { ...outcome, used: Object.fromEntries(outcome.used) },
      })
    }
  }
  return { rows, figures }
}

/** One after the other, by what the slower of those that take part does. */
function filling(of: Figures, { chunks, postgres, milvus, instances, embedders }: Scenario): Row[] {
  const fromDatabase =
    chunks *
    Math.max(
      of.analyseChunk + (milvus > 0 ? 0 : of.indexVector),
      postgres ? of.readChunk.postgres : of.readChunk.sqlite,
    )
  const { snapshot } = of
  const bytes = milvus > 0 ? snapshot.wordBytes : snapshot.bytes
  const fromSnapshot = (chunks * bytes) / snapshot.readPerSecond
  const collection = milvus > 0 ? `; a collection ${hours(chunks * (of.milvusRow + of.milvusPut / ROWS_A_BATCH))}` : ''
  const embedding = hours((chunks * of.embedChunk) / (instances * embedders))
  return [
    [
      '    filled: an instance from the database, from its snapshot',
      `${hours(fromDatabase)}, ${hours(fromSnapshot)}${collection}`,
    ],
    ['    all embedded by these threads', embedding],
  ]
}

const hours = (value: number): string =>
  value < 120
    ? `${value.toFixed(0)} s`
    : value < 7200
      ? `${(value / 60).toFixed(0)} min`
      : value < 172_800
        ? `${(value / 3600).toFixed(1)} h`
        : `${(value / 86_400).toFixed(0)} days`

const validation = validated()
const { rows, figures } = sized()
await report('scaling-simulation', [...validation.rows, ...rows], {
  seed,
  seconds,
  validation: validation.compared,
  figures,
})
