// A real server whose owners are of skewed sizes, asked at a given rate whether or not it keeps up (an open loop).
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomExponential } from 'd3-random'
import { Pool } from 'undici'
import { z } from 'zod'
import { startServer, type RunningServer } from '../../scripts/drills/server.ts'
import type { UserId } from '../../src/core/ids.ts'
import { mulberry32 } from '../../src/features/evaluation/bootstrap.ts'
import { percentile } from '../../src/features/evaluation/measures.ts'
import { cpuSeconds } from '../cpu-time.ts'
import { servedSynthetic } from '../served-synthetic.ts'
import { CHUNKS_PER_DOCUMENT } from '../synthetic.ts'
import type { Collections } from './collection.ts'
import { drawer, zipf } from './zipf.ts'

/** Searches of so many a second, each by an owner drawn by size, and documents of one passage added meanwhile. */
export interface LoadStep {
  readonly searches: number
  readonly documents: number
}

export interface MeasuredStep extends LoadStep {
  /** Milliseconds from when it was due until its answer was there. */
  readonly p50: number
  readonly p99: number
  readonly answered: number
}

export interface LoadFigures {
  readonly cores: number
  /** Chunks of each owner, largest first. */
  readonly owners: readonly number[]
  readonly steps: readonly MeasuredStep[]
  /** One search at a time: milliseconds at the median, and CPU milliseconds of each by thread. */
  readonly alone: { readonly p50: number; readonly client: number; readonly threads: Readonly<Record<string, number>> }
}

const OWNERS = 8
const SEED = 7
const STEPS: readonly LoadStep[] = [
  { searches: 5, documents: 0 },
  { searches: 15, documents: 0 },
  { searches: 25, documents: 0 },
  { searches: 10, documents: 2 },
]
/** The store that bench/http-search.ts reads, too. */
const WRITTEN = 100_000
const SECONDS = 12
const ALONE = 60
const WARM_UP = 30

const SignedUp = z.object({ access_token: z.string(), user_id: z.string() })

interface Owner {
  readonly id: UserId
  readonly token: string
}

export async function measureLoad(from: Collections, chunks: number): Promise<LoadFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-scaling-'))
  const env = { RATE_LIMIT_REQUESTS: '0', MAX_CACHE_SIZE: '0', EMBEDDING_CACHE_SIZE: '0', LOG_LEVEL: 'warn' }
  try {
    await cp(await servedSynthetic(from.of(WRITTEN), from.model), dataDir, { recursive: true })
    const before = await startServer({ dataDir, env })
    const owners: Owner[] = []
    try {
      for (let i = 0; i < OWNERS; i++) owners.push(await signUp(before.url, i))
    } finally {
      await before.stop(60_000)
    }
    const sizes = shareOut(dataDir, owners, chunks)
    // It holds what was everybody's.
    await rm(join(dataDir, 'index'), { recursive: true })
    const server = await startServer({ dataDir, env })
    try {
      return { cores: availableParallelism(), owners: sizes, ...(await loads(server, from, owners)) }
    } finally {
      await server.stop(60_000)
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function signUp(url: string, i: number): Promise<Owner> {
  const response = await fetch(`${url}/api/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: `Owner ${i}`, email: `owner${i}@example.org`, password: `bench-owner-${i}-password` }),
  })
  if (!response.ok) throw new Error(`Signing up: ${response.status} ${await response.text()}`)
  const { access_token: token, user_id: id } = SignedUp.parse(await response.json())
  return { id: id as UserId, token }
}

/** The first documents become these owners', one owner's after the other's; the others go. Gives how many chunks each has. */
function shareOut(dataDir: string, owners: readonly Owner[], chunks: number): number[] {
  const database = new DatabaseSync(join(dataDir, 'evident.db'))
  try {
    const documents = database.prepare('SELECT id, chunk_count FROM documents ORDER BY id').all() as {
      id: string
      chunk_count: number
    }[]
    const kept = documents.slice(0, chunks / CHUNKS_PER_DOCUMENT)
    let end = 0
    const ends = Array.from(zipf(owners.length), (share) => (end += share * kept.length))
    const sizes = owners.map(() => 0)
    database.exec('BEGIN')
    database.prepare('DELETE FROM documents WHERE id > ?').run(kept.at(-1)?.id ?? '')
    const changes = ['documents SET owner_id = ? WHERE id', 'chunks SET owner_id = ? WHERE document_id'].map((change) =>
      database.prepare(`UPDATE ${change} = ?`),
    )
    for (const [i, { id, chunk_count }] of kept.entries()) {
      const owner = ends.findIndex((one) => i < one)
      for (const change of changes) change.run((owners[owner] as Owner).id, id)
      sizes[owner] = (sizes[owner] ?? 0) + chunk_count
    }
    database.exec('COMMIT')
    return sizes
  } finally {
    database.close()
  }
}

async function loads({ url, pid }: RunningServer, from: Collections, owners: readonly Owner[]) {
  const pool = new Pool(url, { connections: 200 })
  const draw = drawer(zipf(owners.length), SEED)
  const random = mulberry32(SEED)
  let asked = 0
  const post = async (path: string, body: object): Promise<void> => {
    const { token } = owners[draw()] as Owner
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const answer = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text.slice(0, 300)}`)
  }
  const search = (): Promise<void> => {
    const { text } = from.queries[asked++ % from.queries.length] as { text: string }
    return post('/api/v1/search', { query: text })
  }
  try {
    for (let i = 0; i < WARM_UP; i++) await search()
    const before = { server: cpuSeconds(pid), client: process.cpuUsage() }
    const alone: number[] = []
    for (let i = 0; i < ALONE; i++) alone.push(await timeOf(search))
    const spent = process.cpuUsage(before.client)
    const threads = [...cpuSeconds(pid)].map(([name, seconds]): [string, number] => [
      name,
      (1000 * (seconds - (before.server.get(name) ?? 0))) / ALONE,
    ])

    const steps: MeasuredStep[] = []
    for (const step of STEPS) {
      const times: number[] = []
      const under: Promise<unknown>[] = []
      let added = 0
      const add = (): Promise<void> => {
        const { title, text } = from.of(200_000).passage(150_000 + added++)
        return post('/api/documents', { document_title: title, content: text, metadata: {} })
      }
      const arrivals = [
        ...arrivalsOf(step.searches, random).map((at) => ({
          at,
          ask: async () => void times.push(await sinceDue(at, search)),
        })),
        ...arrivalsOf(step.documents, random).map((at) => ({ at, ask: add })),
      ].sort((a, b) => a.at - b.at)
      const began = performance.now()
      // Also of one that was sent late: what it waited for is the load's doing.
      const sinceDue = async (at: number, ask: () => Promise<void>): Promise<number> => {
        await ask()
        return performance.now() - began - at
      }
      for (const { at, ask } of arrivals) {
        const early = at - (performance.now() - began)
        if (early > 0) await sleep(early)
        under.push(ask())
      }
      await Promise.all(under)
      steps.push({ ...step, p50: percentile(times, 0.5), p99: percentile(times, 0.99), answered: times.length })
    }
    return {
      steps,
      alone: {
        p50: percentile(alone, 0.5),
        client: (spent.user + spent.system) / 1000 / ALONE,
        threads: Object.fromEntries(threads),
      },
    }
  } finally {
    await pool.close()
  }
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Milliseconds from the beginning, by a Poisson process. */
function arrivalsOf(perSecond: number, random: () => number): number[] {
  if (perSecond === 0) return []
  const gap = randomExponential.source(random)(perSecond)
  const times: number[] = []
  for (let at = gap(); at < SECONDS; at += gap()) times.push(1000 * at)
  return times
}
