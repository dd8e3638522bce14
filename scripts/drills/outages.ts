// The drill of outages: two instances on Milvus, PostgreSQL and Redis serve three owners, and any of these processes gets
// SIGKILL at a random moment, alone or together with another. Then nothing that was acknowledged may be lost or doubled,
// nothing deleted found, nothing of another owner shown, and /health must have told the truth.
//
//   node scripts/drills/outages.ts [--drills 20] [--only milvus+redis,postgres,instance+postgres] [--seed N]
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { spoken, startOpenAiServer } from '../../test/openai-server.ts'
import { type Audit, audit } from './outages/audit.ts'
import { createCaller } from './outages/caller.ts'
import { type Delay, watchHealth } from './outages/health.ts'
import { answerFrom, Ledger, type Owner } from './outages/ledger.ts'
import { type LoadCounts, startLoad } from './outages/load.ts'
import { nameOf, type Stack, startStack, type Victim } from './outages/stack.ts'
import { randomFrom } from './random.ts'
import { root } from './server.ts'

const KINDS = ['milvus', 'postgres', 'redis', 'instance'] as const
type Kind = (typeof KINDS)[number]
/** One at a time and in pairs. */
const ALL: readonly (readonly Kind[])[] = [
  ...KINDS.map((kind) => [kind]),
  ...KINDS.flatMap((kind, i) => KINDS.slice(i + 1).map((other) => [kind, other])),
]

const OWNERS = ['ann', 'ben', 'cleo']
const KEY = 'what signs the log-ins of a drill, on both of its instances'
/** What the model says after its sentence, so that a stream takes as long as one does, and milliseconds between its words. */
const FILLING = ' That is all that there is to say'.repeat(5)
const GAP = 40
/** In milliseconds, each drawn anew up to the second number: load before the first kill, to the second, outage, load after. */
const BEFORE = [2000, 5000] as const
const BETWEEN = [0, 2500] as const
const DOWN = [1000, 5000] as const
const AFTER = [2500, 5000] as const

export interface Drill {
  readonly drill: number
  readonly victims: readonly string[]
  /** Milliseconds that each was down until it was started, and until it answered. */
  readonly downMs: readonly number[]
  readonly awayMs: readonly number[]
  readonly load: LoadCounts & { readonly requests: number; readonly refused: number; readonly broken: number }
  readonly audit: Audit | undefined
  readonly health: { readonly answers: number; readonly delays: readonly Delay[] }
  readonly failures: readonly string[]
  /** What /health said that was not so, or said too late: on a machine that does other work as well it may. */
  readonly untrue: readonly string[]
}

export interface OutagesReport {
  readonly seed: number
  readonly drills: readonly Drill[]
  readonly failures: readonly string[]
  readonly untrue: readonly string[]
}

interface Run {
  readonly stack: Stack
  readonly ledger: Ledger
  readonly random: () => number
}

async function oneDrill(
  { stack, ledger, random }: Run,
  drill: number,
  kinds: readonly Kind[],
  last: boolean,
): Promise<Drill> {
  const between = ([low, high]: readonly [number, number]): number => Math.round(low + random() * (high - low))
  const caller = createCaller(stack, ledger)
  const { failures } = caller
  const victims = kinds.map((kind): Victim => (kind === 'instance' ? (random() < 0.5 ? 0 : 1) : kind))
  // Which of a pair goes first.
  if (random() < 0.5) victims.reverse()
  const moments = victims.map((_, i) => (i === 0 ? 0 : between(BETWEEN)))
  const downs = victims.map(() => between(DOWN))

  const health = watchHealth(stack)
  const load = startLoad({ stack, ledger, caller, random, drill })
  let outages
  try {
    await sleep(between(BEFORE))
    outages = await Promise.all(
      victims.map(async (victim, i) => {
        await sleep(moments[i])
        const outage = await stack.kill(victim)
        await sleep(Math.max(0, outage.killedAt + (downs[i] ?? 0) - performance.now()))
        await stack.restart(outage)
        return outage
      }),
    )
    await sleep(between(AFTER))
  } finally {
    await load.stop()
    await health.stop()
  }
  const told = health.judge()
  const { requests, refused, broken } = caller.counts
  const found = await audit({ stack, ledger, caller, random, drill }, last).catch((error: unknown) => {
    failures.push(`The audit could not be done: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  })
  return {
    drill,
    victims: victims.map(nameOf),
    downMs: outages.map(({ killedAt, startedAt }) => Math.round(startedAt - killedAt)),
    awayMs: outages.map(({ killedAt, backAt }) => Math.round(backAt - killedAt)),
    load: { ...load.counts, requests, refused, broken },
    audit: found,
    health: { answers: told.answers, delays: told.delays },
    failures: [...new Set(failures)],
    untrue: told.failures,
  }
}

/** The first of a new service is its administrator. */
async function signUp(stack: Stack, name: string): Promise<Owner> {
  const body = { name, email: `${name}@example.org`, password: `${name} and a long password` }
  const response = await fetch(`${stack.instances[0].url}/api/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { user_id: id, access_token: token } = z
    .object({ user_id: z.string(), access_token: z.string() })
    .parse(await response.json())
  return { name, id, token, documents: [], questions: [], heard: new Set() }
}

export async function outagesDrill(wanted: readonly (readonly Kind[])[], seed: number): Promise<OutagesReport> {
  const random = randomFrom(seed)
  let ledger: Ledger | undefined
  const mixed: string[] = []
  const model = await startOpenAiServer(({ body }) => {
    const prompt = body.messages.map(({ content }) => JSON.stringify(content)).join('\n')
    const owners = ledger?.ownersOfSecrets(prompt) ?? new Set()
    if (owners.size > 1) mixed.push(`A prompt holds documents of ${[...owners].join(' and ')}`)
    return spoken(answerFrom(prompt) + FILLING, GAP)
  })
  const env = {
    AUTH_MODE: 'required',
    JWT_SECRET_KEY: KEY,
    EMBEDDING_THREADS: '1',
    LLM_PROVIDER: 'openai',
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: 'reader',
    CONFIDENCE_THRESHOLD: '0',
    // Counted in Redis, and never reached.
    RATE_LIMIT_REQUESTS: '1000000',
    LOG_LEVEL: 'warn',
  }
  const done: Drill[] = []
  let stack: Stack | undefined
  try {
    stack = await startStack(env)
    const owners: Owner[] = []
    for (const name of OWNERS) owners.push(await signUp(stack, name))
    ledger = new Ledger(owners, random)
    await watchMilvus(stack, owners)
    for (const [i, kinds] of wanted.entries()) {
      const result = await oneDrill({ stack, ledger, random }, i + 1, kinds, i + 1 === wanted.length)
      done.push({ ...result, failures: [...result.failures, ...mixed.splice(0)] })
      console.log(line(done.at(-1) ?? result, wanted.length))
      if (result.failures.length + result.untrue.length > 0) await keep(`outages-${i + 1}.log`, stack.output())
    }
  } finally {
    await stack?.stop()
    await model.close()
  }
  const failures = done.flatMap((drill) => drill.failures)
  return { seed, drills: done, failures, untrue: done.flatMap(({ untrue }) => untrue) }
}

async function keep(name: string, text: string): Promise<void> {
  await mkdir(join(root, '.bench'), { recursive: true })
  await writeFile(join(root, '.bench', name), text)
}

/** Once the instances have made their collection. */
async function watchMilvus(stack: Stack, [administrator]: readonly Owner[]): Promise<void> {
  const until = performance.now() + 60_000
  for (;;) {
    const response = await fetch(`${stack.instances[0].url}/api/v1/vector-store`, {
      headers: { authorization: `Bearer ${administrator?.token}` },
    })
    const { collection, state } = z
      .object({ collection: z.string().nullable(), state: z.string() })
      .parse(await response.json())
    if (collection !== null && state === 'current') return stack.watchCollection(collection)
    if (performance.now() > until) throw new Error(`Milvus is ${state}:\n${stack.output()}`)
    await sleep(200)
  }
}

function line({ drill, victims, downMs, awayMs, load, audit: found, health, ...rest }: Drill, of: number): string {
  const failures = [...rest.failures, ...rest.untrue]
  const worst = (change: Delay['change']): string => {
    const all = health.delays.filter((delay) => delay.change === change).map(({ ms }) => ms)
    return all.length === 0 ? 'not asked' : `${Math.max(...all)} ms`
  }
  const killed = victims
    .map((victim, i) => `${victim} (down ${downMs[i]} ms, back after ${awayMs[i]} ms)`)
    .join(' and ')
  const outcome = failures.length === 0 ? 'ok' : `${failures.length} FAILURES: ${failures.slice(0, 8).join('\n  ')}`
  return (
    `drill ${drill}/${of}: ${killed}; ${load.uploads} uploads, ${load.deletions} deletions, ${load.searches} searches, ` +
    `${load.answers} answers and ${load.streams} streams (${load.resumed} times resumed) acknowledged, ` +
    `${load.refused} refused and ${load.broken} broken; health late by ${worst('away')} and ${worst('back')}; settled ` +
    `after ${found?.settledAfter} ms, audit of ${found?.documents} documents (${found?.deleted} deleted) and ` +
    `${found?.messages} messages: ${outcome}`
  )
}

/** Each as often as the others, in an order of the seed. */
function schedule(count: number, seed: number): (readonly Kind[])[] {
  const random = randomFrom(seed + 1)
  const all: (readonly Kind[])[] = []
  while (all.length < count) {
    const shuffled = ALL.map((kinds) => ({ kinds, at: random() })).toSorted((a, b) => a.at - b.at)
    all.push(...shuffled.map(({ kinds }) => kinds))
  }
  return all.slice(0, count)
}

const isKind = (text: string): text is Kind => (KINDS as readonly string[]).includes(text)

/** `milvus+redis,postgres` */
function named(text: string): Kind[][] {
  return text.split(',').map((drill) =>
    drill.split('+').map((kind) => {
      if (!isKind(kind)) throw new Error(`There is no ${kind} to be killed, only ${KINDS.join(', ')}`)
      return kind
    }),
  )
}

function summary(delays: readonly Delay[], change: Delay['change']): string {
  const all = delays
    .filter((delay) => delay.change === change)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b)
  return all.length === 0
    ? 'not asked'
    : `median ${all[Math.floor(all.length / 2)]} ms, worst ${all.at(-1)} ms (${all.length})`
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      drills: { type: 'string', default: '20' },
      only: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  const seed = Number(values.seed)
  console.log(`drill of outages, seed ${seed}`)
  const wanted = values.only === undefined ? schedule(Number(values.drills), seed) : named(values.only)
  const report = await outagesDrill(wanted, seed)
  await keep('outages.json', JSON.stringify(report, null, 2))
  const delays = report.drills.flatMap(({ health }) => health.delays)
  const total = (count: (drill: Drill) => number): number => report.drills.reduce((sum, drill) => sum + count(drill), 0)
  console.log(
    `${report.drills.length} drills: ${total(({ load }) => load.uploads)} uploads, ` +
      `${total(({ load }) => load.deletions)} deletions, ${total(({ load }) => load.answers + load.streams)} answers; ` +
      `/health said that something is away: ${summary(delays, 'away')}; that it is back: ${summary(delays, 'back')}; ` +
      `${report.failures.length} failures, ${report.untrue.length} times health was not true (seed ${seed})`,
  )
  process.exitCode = report.failures.length + report.untrue.length === 0 ? 0 : 1
}
