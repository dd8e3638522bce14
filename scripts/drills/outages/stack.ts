// Milvus, PostgreSQL and Redis, each the real server, and two instances on them: any of them is killed and started again.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMilvus } from '../../services/milvus.ts'
import { startPostgresServer } from '../../services/postgres.ts'
import { startRedis } from '../../services/redis.ts'
import { freePort, isRunning, startServer, type RunningServer } from '../server.ts'

export const SERVICES = ['milvus', 'postgres', 'redis'] as const
export type Service = (typeof SERVICES)[number]
/** An instance by its place in the stack. */
export type Victim = Service | 0 | 1

export const nameOf = (victim: Victim): string => (typeof victim === 'number' ? `instance ${victim + 1}` : victim)

/** Times are those of `performance.now()`. */
export interface Outage {
  readonly victim: Victim
  readonly killedAt: number
  /** When it began to be started again, and when it answered. */
  startedAt: number
  backAt: number
}

export interface Instance {
  readonly url: string
  /** Since when it is ready; undefined while it is not. */
  upSince: number | undefined
}

export interface Stack {
  readonly instances: readonly [Instance, Instance]
  readonly outages: readonly Outage[]
  /** Resolves when its process is gone. */
  kill(victim: Victim): Promise<Outage>
  /** Resolves when it answers what it is there for; an instance waits for PostgreSQL, without which it does not start. */
  restart(outage: Outage): Promise<void>
  /** Whether nothing has been down since 10 s before this moment. */
  isQuietSince(moment: number): boolean
  /** Of the collection that the instances made, which tells whether Milvus answers. */
  watchCollection(name: string): void
  /** What the instances printed, each since its last start. */
  output(): string
  stop(): Promise<void>
}

interface Running {
  crash(): Promise<void>
  stop(): Promise<unknown>
}

const QUIET_MS = 10_000
const DIMENSION = 384
const ORPHAN_LIMIT = 10_000

export async function startStack(env: Readonly<Record<string, string>>): Promise<Stack> {
  const home = await mkdtemp(join(tmpdir(), 'evident-outages-'))
  // Its user, who is another one where this is root, does not reach what is in the other.
  const postgresHome = await mkdtemp(join(tmpdir(), 'evident-outages-'))
  const [milvusPort, postgresPort, redisPort, ...instancePorts] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const outages: Outage[] = []
  const running = new Map<Victim, Running>()
  const servers = new Map<Victim, RunningServer>()
  const instances: [Instance, Instance] = [
    { url: `http://127.0.0.1:${instancePorts[0]}`, upSince: undefined },
    { url: `http://127.0.0.1:${instancePorts[1]}`, upSince: undefined },
  ]
  let collection: string | undefined
  let databaseUrl = ''

  async function start(victim: Victim): Promise<void> {
    running.set(victim, typeof victim === 'number' ? await startInstance(victim) : await starters[victim]())
  }

  const starters: Readonly<Record<Service, () => Promise<Running>>> = {
    async milvus() {
      const milvus = await startMilvus({ port: milvusPort, folder: join(home, 'milvus') })
      if (collection !== undefined) await searchable(milvus.address, collection)
      return milvus
    },
    async postgres() {
      const postgres = await startPostgresServer({ port: postgresPort, folder: postgresHome, durable: true })
      databaseUrl = postgres.url
      return postgres
    },
    redis: () => startRedis({ port: redisPort }),
  }

  async function startInstance(place: 0 | 1): Promise<Running> {
    const instance = instances[place]
    const server = await startServer({
      dataDir: join(home, `instance-${place}`),
      port: Number(new URL(instance.url).port),
      env: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        MILVUS_HOST: '127.0.0.1',
        MILVUS_PORT: String(milvusPort),
        HEALTH_CHECK_INTERVAL: '1',
        HEALTH_CHECK_TIMEOUT: '1',
        ...env,
      },
    })
    instance.upSince = performance.now()
    servers.set(place, server)
    // A run that fails must not leave it behind.
    const abandon = (): void => {
      if (isRunning(server.pid)) process.kill(server.pid, 'SIGKILL')
    }
    process.once('exit', abandon)
    return {
      stop: () => server.stop(),
      async crash() {
        process.off('exit', abandon)
        const below = server.processes()
        await server.crash()
        const until = performance.now() + ORPHAN_LIMIT
        while (below.some(isRunning)) {
          if (performance.now() > until) throw new Error(`A child process outlived ${nameOf(place)}`)
          await sleep(50)
        }
      },
    }
  }

  async function stop(): Promise<void> {
    try {
      for (const victim of [0, 1, ...SERVICES] as const) await running.get(victim)?.stop()
    } finally {
      for (const folder of [home, postgresHome]) await rm(folder, { recursive: true, force: true })
    }
  }

  try {
    for (const place of [0, 1]) await mkdir(join(home, `instance-${place}`))
    await Promise.all(SERVICES.map(start))
    // The first makes the tables.
    await start(0)
    await start(1)
  } catch (error) {
    await stop()
    throw error
  }

  return {
    instances,
    outages,
    async kill(victim) {
      const alive = running.get(victim)
      if (alive === undefined) throw new Error(`${nameOf(victim)} does not run`)
      const outage = { victim, killedAt: performance.now(), startedAt: Infinity, backAt: Infinity }
      if (typeof victim === 'number') instances[victim].upSince = undefined
      outages.push(outage)
      running.delete(victim)
      await alive.crash()
      return outage
    },
    async restart(outage) {
      for (;;) {
        if (typeof outage.victim === 'number') while (!running.has('postgres')) await sleep(50)
        outage.startedAt = performance.now()
        try {
          await start(outage.victim)
          break
        } catch (error) {
          // PostgreSQL was killed under the start, which ends then; who looks after the processes starts it again.
          const { startedAt } = outage
          const isCrossed = outages.some(({ victim, backAt }) => victim === 'postgres' && backAt > startedAt)
          if (typeof outage.victim !== 'number' || !isCrossed) throw error
        }
      }
      outage.backAt = performance.now()
    },
    isQuietSince: (moment) => outages.every(({ backAt }) => backAt + QUIET_MS < moment),
    watchCollection(name) {
      collection = name
    },
    output: () => [...servers.values()].map((server) => server.output()).join('\n'),
    stop,
  }
}

/** After a start it answers its clients before it has loaded what they search. */
async function searchable(address: string, collection: string): Promise<void> {
  const { MilvusClient } = await import('@zilliz/milvus2-sdk-node')
  const client = new MilvusClient({
    address,
    timeout: 2000,
    maxRetries: 0,
    logLevel: 'error',
    __SKIP_CONNECT__: true,
  })
  const data = Array.from({ length: DIMENSION }, () => 0.05)
  const until = performance.now() + SEARCH_LIMIT
  try {
    for (;;) {
      const found = await client.search({ collection_name: collection, data: [data], limit: 1 }).catch(() => undefined)
      if (found?.status.error_code === 'Success') return
      if (performance.now() > until) throw new Error(`Milvus finds nothing: ${found?.status.reason ?? 'no answer'}`)
      await sleep(100)
    }
  } finally {
    await client.closeConnection()
  }
}

const SEARCH_LIMIT = 120_000
