// Asks every instance that runs how it is, all the time, and judges whether that was true.
import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import { nameOf, type Outage, type Service, SERVICES, type Stack } from './stack.ts'

/** Milliseconds between two questions to an instance. */
const EVERY_MS = 200
/** Milliseconds that an answer may take: each probe has a second, and they run side by side. */
const ANSWER_LIMIT = 3000
/** Two probe intervals (HEALTH_CHECK_INTERVAL=1), in milliseconds: so long may be said what is no longer true. */
export const TRUTH_LIMIT = 2000

const Health = z.object({
  services: z.object({
    milvus: z.enum(['connected', 'disconnected']),
    redis: z.enum(['connected', 'disconnected']),
    database: z.enum(['healthy', 'unhealthy']),
  }),
})

interface Sample {
  readonly instance: 0 | 1
  readonly sentAt: number
  readonly cameAt: number
  /** What it answered. */
  readonly text: string
  /** Whether each service is there, as it says; undefined: it does not say. */
  readonly says: Readonly<Record<Service, boolean>> | undefined
}

/**
 * Milliseconds from a change to the last answer that did not say so yet, of those that were asked for after it; 0 where none
 * did not. `of` is the instance asked.
 */
export interface Delay {
  readonly service: Service
  readonly change: 'away' | 'back'
  readonly of: 1 | 2
  readonly ms: number
}

export interface HealthWatch {
  /** Judges what was said since the last call. */
  judge(): { readonly delays: Delay[]; readonly failures: string[]; readonly answers: number }
  stop(): Promise<void>
}

export function watchHealth(stack: Stack): HealthWatch {
  let samples: Sample[] = []
  const asking = new Set<Promise<void>>()

  async function ask(place: 0 | 1): Promise<void> {
    const { url, upSince } = stack.instances[place]
    if (upSince === undefined) return
    const sentAt = performance.now()
    let says: z.infer<typeof Health>['services'] | undefined
    let text = `nothing within ${ANSWER_LIMIT} ms`
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_LIMIT) })
      text = await response.text()
      says = Health.safeParse(JSON.parse(text)).data?.services
    } catch (error) {
      if (error instanceof TypeError) text = 'a broken connection'
    }
    // It was killed meanwhile.
    if (stack.instances[place].upSince !== upSince) return
    samples.push({
      instance: place,
      sentAt,
      cameAt: performance.now(),
      text,
      says: says && {
        milvus: says.milvus === 'connected',
        redis: says.redis === 'connected',
        postgres: says.database === 'healthy',
      },
    })
  }

  const timer = setInterval(() => {
    for (const place of [0, 1] as const) {
      const one = ask(place).finally(() => asking.delete(one))
      asking.add(one)
    }
  }, EVERY_MS)

  return {
    judge() {
      const all = samples
      samples = []
      const since = Math.min(...all.map(({ sentAt }) => sentAt))
      const outages = stack.outages.filter(({ killedAt }) => killedAt >= since)
      const found = ([0, 1] as const).map((place) =>
        judgeInstance(
          all.filter(({ instance }) => instance === place),
          outages,
          place,
        ),
      )
      return {
        delays: found.flatMap(({ delays }) => delays),
        failures: found.flatMap(({ failures }) => failures),
        answers: all.length,
      }
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(asking)
    },
  }
}

function judgeInstance(samples: readonly Sample[], outages: readonly Outage[], place: 0 | 1) {
  const failures: string[] = []
  const delays: Delay[] = []
  const name = nameOf(place)
  const [silent, ...more] = samples.filter(({ says }) => says === undefined)
  if (silent !== undefined) {
    failures.push(`/health of ${name} did not say how it is, ${1 + more.length} times: ${silent.text.slice(0, 300)}`)
  }
  // What it says when it has just begun to answer counts from there.
  const readyAt = outages.filter(({ victim }) => victim === place).map(({ backAt }) => backAt)

  for (const service of SERVICES) {
    const down = outages.filter(({ victim }) => victim === service)
    /** The part of an outage, or of the time after it, that began at `from`; what it says should be `there`. */
    const measure = (from: number, to: number, there: boolean): void => {
      const begin = Math.max(from, ...readyAt.filter((at) => at < to))
      const within = samples.filter(({ sentAt, cameAt }) => sentAt >= begin && cameAt <= to)
      if (within.length === 0) return
      const untrue = within.filter(({ says }) => says !== undefined && says[service] !== there)
      const ms = Math.round(Math.max(0, ...untrue.map(({ cameAt }) => cameAt - begin)))
      const change = there ? 'back' : 'away'
      delays.push({ service, change, of: place === 0 ? 1 : 2, ms })
      if (ms > TRUTH_LIMIT) {
        failures.push(`/health of ${name} did not say until ${ms} ms after that ${service} was ${change}`)
      }
    }
    for (const { killedAt, startedAt, backAt } of down) {
      measure(killedAt, startedAt, false)
      measure(backAt, Infinity, true)
    }
    if (down.length > 0) continue
    // One that has just begun needs a moment to find out.
    for (const at of readyAt) measure(at, Infinity, true)
    const wrong = samples.filter(({ sentAt, says }) => says?.[service] === false && sentAt < Math.min(...readyAt))
    if (wrong.length > 0) failures.push(`/health of ${name} said ${wrong.length} times that ${service} was away`)
  }
  return { failures, delays }
}
