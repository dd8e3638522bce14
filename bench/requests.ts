// Requests a second of POST /api/v1/ask with its embedding cached, beside a bare Fastify route in the same run. The answers
// are written by a stub in a process of its own, twenty pieces at once, or quoted where no model is set up.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root, startServer } from '../scripts/drills/server.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { ms, report } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { startModel } from './stub-model.ts'

const SECONDS = 8
const CLIENTS = 8
const QUESTIONS = 50

const set = await readSet('scifact')
const { dataDir: served } = await servedSet(set)
const folder = await mkdtemp(join(tmpdir(), 'evident-requests-'))
const model = await startModel({ gap: 0, tokens: 20 })
const floor = spawn(process.execPath, ['bench/bare-route.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const [address] = (await once(floor.stdout.setEncoding('utf8'), 'data')) as [string]
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  const written = {
    LLM_PROVIDER: 'openai',
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: 'stub',
    CONFIDENCE_THRESHOLD: '0',
    LOG_LEVEL: 'warn',
  }
  // Without the cache of whole answers: what is measured is the making of one.
  const server = await startServer({ dataDir, env: { ...written, MAX_CACHE_SIZE: '0' } })
  const quoting = await startServer({
    dataDir: await copyOf('quoting'),
    env: { LOG_LEVEL: 'warn', MAX_CACHE_SIZE: '0' },
  })
  const cached = await startServer({ dataDir: await copyOf('cached'), env: written })
  try {
    const questions = set.questions.slice(0, QUESTIONS).map(({ text }) => text)
    for (const { url } of [server, quoting, cached]) await askEach(`${url}/api/v1/ask`, questions)
    const bare = await load(`${address.trim()}/ask`, questions, SECONDS)
    const asked = await load(`${server.url}/api/v1/ask`, questions, SECONDS)
    const quoted = await load(`${quoting.url}/api/v1/ask`, questions, SECONDS)
    const known = await load(`${cached.url}/api/v1/ask`, questions, SECONDS)
    const rate = (times: readonly number[]): number => times.length / SECONDS
    await report(
      'requests',
      [
        ['a bare Fastify route: requests a second, p95', `${rate(bare).toFixed(0)}, ${ms(percentile(bare, 0.95))}`],
        [
          'POST /api/v1/ask, written by the stub, embedding cached',
          `${rate(asked).toFixed(1)}, ${ms(percentile(asked, 0.95))}`,
        ],
        ['the same, quoting', `${rate(quoted).toFixed(1)}, ${ms(percentile(quoted, 0.95))}`],
        ['written, answer cached', `${rate(known).toFixed(0)}, ${ms(percentile(known, 0.95))}`],
        ['ask / bare', (asked.length / bare.length).toFixed(3)],
        ['ask with its answer cached / bare', (known.length / bare.length).toFixed(3)],
      ],
      { bare: rate(bare), asked: rate(asked), quoted: rate(quoted), cached: rate(known) },
    )
  } finally {
    await Promise.all([server.stop(), quoting.stop(), cached.stop()])
  }
} finally {
  floor.kill()
  model.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Once each, so that what may be cached is. */
async function askEach(url: string, questions: readonly string[]): Promise<void> {
  for (const question of questions) await ask(url, question)
}

async function ask(url: string, question: string | undefined): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
}

async function copyOf(name: string): Promise<string> {
  await cp(served, join(folder, name), { recursive: true })
  return join(folder, name)
}

/** Milliseconds of each request that a few clients, one request at a time each, got answered. */
async function load(url: string, questions: readonly string[], seconds: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  const client = async (offset: number): Promise<void> => {
    for (let n = offset; performance.now() < end; n += 1) {
      const began = performance.now()
      await ask(url, questions[n % questions.length])
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i * 7)))
  return times
}
