// The service as stations and processes: what each request, document and deletion asks of the threads of an instance, of
// PostgreSQL, and of Milvus.
import { randomExponential, randomLogNormal } from 'd3-random'
import { mulberry32 } from '../../src/features/evaluation/bootstrap.ts'
import { percentile } from '../../src/features/evaluation/measures.ts'
import { type Process, Simulation, Station } from './events.ts'
import type { Figures } from './figures.ts'
import { drawer } from './zipf.ts'

/** A second. */
export interface Arrivals {
  readonly searches: number
  readonly questions: number
  readonly documents: number
  readonly deletions: number
}

export interface Scenario {
  readonly instances: number
  /** Processors of all of it; undefined: one for each thread. */
  readonly cores?: number | undefined
  readonly postgres: boolean
  /** Processors that search in Milvus; 0: there is none. */
  readonly milvus: number
  /** Shares of all chunks, largest first; requests and documents come from owners by the same shares. */
  readonly owners: Float64Array
  readonly chunks: number
  readonly chunksPerDocument: number
  /** Chunks that each instance embeds at a time, by threads of its own or by another service. */
  readonly embedders: number
  /** Threads of each instance that embed questions. */
  readonly encoders: number
  readonly arrivals: Arrivals
  /** So many search without end besides, each as soon as it has its answer; their processors are the instance's. */
  readonly clients?: number
  readonly seconds: number
  readonly seed: number
}

export interface Outcome {
  /** Milliseconds. */
  readonly search: { readonly p50: number; readonly p99: number; readonly perSecond: number }
  /** Seconds from a commit until an instance's index shows it, and Milvus. */
  readonly lag: { readonly p50: number; readonly p99: number }
  readonly replicaLag: { readonly p50: number; readonly p99: number } | undefined
  /** Share of its time that each station works, the busiest of its kind. */
  readonly used: ReadonlyMap<string, number>
}

interface Instance {
  readonly main: Station
  readonly index: Station
  readonly encoder: Station
  readonly bulk: Station
  readonly reader: Station
  changes: number
  /** A snapshot without what was deleted is on its way. */
  isDue: boolean
}

const WARM_UP = 10
const CHANGES_A_SNAPSHOT = 1000

export function simulate(figures: Figures, scenario: Scenario): Outcome {
  const { instances: count, owners, chunks, chunksPerDocument, arrivals } = scenario
  const simulation = new Simulation()
  const random = mulberry32(scenario.seed)
  // Mean 1, as wide as times of one kind were found to be.
  const spread = figures.spread
  const varied = randomLogNormal.source(random)(-(spread ** 2) / 2, spread)
  const drawOwner = drawer(owners, scenario.seed + 1)
  const stations: Station[] = []
  const station = (name: string, servers: number, cores?: Station): Station => {
    const made = new Station(name, servers, cores)
    stations.push(made)
    return made
  }
  // One process has SQLite's one writer; PostgreSQL writes with many, which meet at the counter.
  const writers = station('database writers', scenario.postgres ? figures.postgresWriters : 1)
  const counter = station('counter of the change log', 1)
  const milvus = scenario.milvus > 0 ? station('Milvus searches', scenario.milvus) : undefined
  const replica = milvus === undefined ? undefined : station('writer of Milvus', 1)
  const cores = scenario.cores === undefined ? undefined : station('processors', scenario.cores)
  const client = station('clients', 1000, cores)
  const instances = Array.from({ length: count }, (): Instance => {
    return {
      main: station('main thread', 1, cores),
      index: station('index thread', 1, cores),
      encoder: station('encoder of questions', scenario.encoders, cores),
      bulk: station('encoder of documents', scenario.embedders, cores),
      reader: station('database readers', 4, cores),
      changes: 0,
      isDue: false,
    }
  })
  const snapshotSeconds =
    (chunks * (milvus === undefined ? figures.snapshot.bytes : figures.snapshot.wordBytes)) / figures.snapshot.perSecond
  const times: number[] = []
  const lags: number[] = []
  const replicaLags: number[] = []
  const isCounted = (): boolean => simulation.now > WARM_UP

  const take = (at: Station, seconds: number, behind = false) => ({ at, seconds: seconds * varied(), behind })
  const sizeOf = (owner: number): number => chunks * (owners[owner] as number)
  const anyInstance = (): Instance => instances[Math.floor(random() * count)] as Instance

  function* retrieval(at: Instance, size: number): Process {
    yield take(at.encoder, figures.embedQuestion)
    if (milvus === undefined) yield take(at.index, figures.rank.base + size * figures.rank.chunk)
    else {
      yield { seconds: figures.milvusWait }
      yield take(milvus, figures.milvusSearch(chunks, size))
      yield take(at.index, figures.rank.base + size * figures.rank.word)
    }
    yield take(at.reader, figures.readPassages)
  }

  function* search(): Process {
    const at = anyInstance()
    const begun = simulation.now
    yield take(client, figures.client)
    yield take(at.main, figures.mainSearch / 2)
    yield* retrieval(at, sizeOf(drawOwner()))
    yield take(at.main, figures.mainSearch / 2)
    if (isCounted()) times.push(simulation.now - begun)
  }

  function* question(): Process {
    const at = anyInstance()
    yield take(at.main, figures.mainSearch / 2)
    yield* retrieval(at, sizeOf(drawOwner()))
    yield take(at.main, figures.mainAnswer)
    yield take(at.encoder, figures.embedAnswer)
  }

  /** The change's number, which is held until the commit is on the disk; then each instance hears of it. */
  function* commit(apply: (at: Instance) => number, rows: number): Process {
    yield { at: counter, seconds: scenario.postgres ? figures.postgresCommit : figures.sqliteCommit }
    const committed = simulation.now
    for (const at of instances) simulation.start(followed(at, apply(at), committed))
    if (rows > 0 && replica !== undefined) simulation.start(replicated(rows, committed))
  }

  function* followed(at: Instance, seconds: number, committed: number): Process {
    yield take(at.index, seconds, true)
    at.changes++
    if (isCounted()) lags.push(simulation.now - committed)
  }

  function* replicated(rows: number, committed: number): Process {
    if (replica === undefined) return
    // What came meanwhile is put there in one go, so the fixed part is paid once for a batch.
    const batch = Math.max(1, Math.min(100, waitingAtReplica))
    waitingAtReplica++
    yield { at: replica, seconds: figures.milvusPut / batch + rows * figures.milvusRow }
    waitingAtReplica--
    if (isCounted()) replicaLags.push(simulation.now - committed)
  }
  let waitingAtReplica = 0

  function* document(): Process {
    const at = anyInstance()
    yield take(at.main, figures.mainDocument)
    yield take(writers, chunksPerDocument * figures.writeChunk)
    yield* commit(() => chunksPerDocument * figures.analyseChunk, 0)
    for (let i = 0; i < chunksPerDocument; i++) yield take(at.bulk, figures.embedChunk, true)
    yield take(writers, chunksPerDocument * figures.writeVector)
    const vectors = milvus === undefined ? figures.indexVector : 0
    yield* commit(() => chunksPerDocument * vectors, chunksPerDocument)
  }

  function* deletion(): Process {
    yield take(anyInstance().main, figures.mainDocument)
    yield take(writers, chunksPerDocument * figures.writeVector)
    yield* commit(() => chunksPerDocument * figures.indexVector, 1)
    for (const at of instances) simulation.start(withoutDeleted(at))
  }

  /** Writes wait meanwhile. */
  function* snapshot(at: Instance): Process {
    at.changes = 0
    yield { at: at.index, seconds: snapshotSeconds, behind: true }
  }

  /** Each minute, where there were so many changes. */
  function* snapshots(at: Instance): Process {
    yield { seconds: 60 * random() }
    for (;;) {
      if (at.changes >= CHANGES_A_SNAPSHOT) yield* snapshot(at)
      yield { seconds: 60 }
    }
  }

  /** What was deleted leaves the snapshot soon, yet a twentieth of the time goes into it at most. */
  function* withoutDeleted(at: Instance): Process {
    if (at.isDue) return
    at.isDue = true
    yield { seconds: Math.max(1, 20 * snapshotSeconds) }
    at.isDue = false
    yield* snapshot(at)
  }

  function arrive(perSecond: number, make: () => Process): void {
    if (perSecond === 0) return
    const gap = randomExponential.source(random)(perSecond)
    const next = (): void => {
      simulation.start(make())
      simulation.after(gap(), next)
    }
    simulation.after(gap(), next)
  }

  function* askAgain(): Process {
    for (;;) yield* search()
  }

  for (let i = 0; i < (scenario.clients ?? 0); i++) simulation.start(askAgain())
  arrive(arrivals.searches, search)
  arrive(arrivals.questions, question)
  arrive(arrivals.documents, document)
  arrive(arrivals.deletions, deletion)
  for (const at of instances) simulation.start(snapshots(at))
  simulation.run(scenario.seconds)

  const used = new Map<string, number>()
  for (const { name, servers, worked } of stations) {
    if (name !== 'clients') used.set(name, Math.max(used.get(name) ?? 0, worked / servers / scenario.seconds))
  }
  const both = (values: readonly number[], unit: number) => ({
    p50: percentile(values, 0.5) * unit,
    p99: percentile(values, 0.99) * unit,
  })
  return {
    search: { ...both(times, 1000), perSecond: times.length / (scenario.seconds - WARM_UP) },
    lag: both(lags, 1),
    replicaLag: replicaLags.length === 0 ? undefined : both(replicaLags, 1),
    used,
  }
}
