import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startServer } from '../scripts/drills/server.ts'
import { randomFrom } from '../scripts/drills/random.ts'
import { createChatsModel } from './instances-model-chats.ts'
import { createDocumentsModel } from './instances-model-documents.ts'
import type { Instance, World } from './instances-world.ts'
import { spoken, startOpenAiServer } from './openai-server.ts'
import { startPostgres } from './postgres.ts'

export interface ModelRun {
  readonly instances: number
  readonly steps: number
  readonly seed: number
}

const ANSWER = 'It was opened in 1932 [1].'

/**
 * Does random things on random instances, real processes over one PostgreSQL, and compares each answer with what one model
 * in this process says: at once where the database is asked, and within the stated bound where an index is. The same seed
 * does the same things.
 */
export async function runInstances(t: TestContext, { instances: count, steps, seed }: ModelRun): Promise<void> {
  const postgres = await startPostgres()
  if ('missing' in postgres) return t.skip(postgres.missing)
  // The database goes last: an instance that stops still writes.
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  opened.defer(() => postgres.stop())
  const model = await startOpenAiServer(() => spoken(ANSWER))
  opened.defer(() => model.close())
  const DATABASE_URL = await postgres.createMigrated()
  const env = {
    DATABASE_URL,
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: 'writer-1',
    CONFIDENCE_THRESHOLD: '0',
    UPLOAD_WAIT: '60',
    RATE_LIMIT_REQUESTS: '0',
    EMBEDDING_THREADS: '1',
  }
  const instances = await Promise.all(
    Array.from({ length: count }, (_, i) => startInstance(opened, `instance ${i}`, env)),
  )
  t.diagnostic(`seed ${seed}, ${count} instances, ${steps} steps`)

  const random = randomFrom(seed)
  const some = <T>(of: Iterable<T>): T | undefined => {
    const all = [...of]
    return all[Math.floor(random() * all.length)]
  }
  const any = (): Instance => some(instances) as Instance
  const world: World = {
    instances,
    random,
    some,
    any,
    two() {
      const first = any()
      return [first, some(instances.filter((other) => other !== first)) as Instance]
    },
    word: createWords(random),
    model,
  }
  const documents = createDocumentsModel(world)
  const chats = await createChatsModel(world, { answer: ANSWER, document: await documents.permanent() })
  opened.defer(chats.release)

  const operations = [...documents.operations, ...chats.operations]
  const whole = operations.reduce((sum, { weight }) => sum + weight, 0)
  const done = new Map<string, number>()
  for (let step = 0; step < steps;) {
    let left = random() * whole
    const operation = operations.find(({ weight }) => (left -= weight) < 0) ?? operations[0]
    assert.ok(operation)
    try {
      if ((await operation.run()) === false) continue
    } catch (error) {
      throw new Error(`Seed ${seed}, step ${step}: ${operation.name}`, { cause: error })
    }
    done.set(operation.name, (done.get(operation.name) ?? 0) + 1)
    step++
  }
  await chats.end()
  for (const instance of instances) {
    await documents.compare(instance)
    await chats.compare(instance)
  }
  t.diagnostic([...done].map(([name, times]) => `${name} ${times}`).join(', '))
  const late = documents.staleness().toSorted((a, b) => a - b)
  const at = (share: number): string =>
    (late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? 0).toFixed(0)
  t.diagnostic(`changes that a first search did not show: ${late.length}`)
  if (late.length > 0) t.diagnostic(`shown after p50 ${at(0.5)}, p99 ${at(0.99)}, at most ${at(1)} ms`)
}

async function startInstance(
  opened: AsyncDisposableStack,
  name: string,
  env: Record<string, string>,
): Promise<Instance> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-test-'))
  const server = await startServer({ dataDir, env })
  opened.defer(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return {
    name,
    url: server.url,
    async call(method, path, body) {
      const isForm = body instanceof FormData
      const response = await fetch(server.url + path, {
        method,
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
        ...(body === undefined || isForm ? {} : { headers: { 'content-type': 'application/json' } }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

const SYLLABLES = ['ba', 'do', 'fi', 'gu', 'ka', 'lo', 'mi', 'nu', 'pa', 'ro', 'si', 'tu', 'va', 'zo']

function createWords(random: () => number): () => string {
  const given = new Set<string>()
  return () => {
    for (;;) {
      const word = Array.from({ length: 5 }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('')
      if (given.has(word)) continue
      given.add(word)
      return word
    }
  }
}
