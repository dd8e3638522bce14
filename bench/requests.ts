// Requests a second of POST /api/v1/ask with its embedding cached, beside a bare Fastify route in the same run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root, startServer } from '../scripts/drills/server.ts'
import { ms, report } from './report.ts'
import { percentile, readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'

const SECONDS = 8
const CLIENTS = 8
const QUESTIONS = 50

const set = await readSet('scifact')
const { dataDir: served } = await servedSet(set)
const folder = await mkdtemp(join(tmpdir(), 'evident-requests-'))
const floor = spawn(process.execPath, ['bench/bare-route.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const [address] = (await once(floor.stdout.setEncoding('utf8'), 'data')) as [string]
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  // Without the cache of whole answers: what is measured is the making of one.
  const server = await startServer({ dataDir, env: { LOG_LEVEL: 'warn', MAX_CACHE_SIZE: '0' } })
  const cached = await startServer({ dataDir: await copyOf('cached'), env: { LOG_LEVEL: 'warn' } })
  try {
    const questions = set.questions.slice(0, QUESTIONS).map(({ text }) => text)
    await load(`${server.url}/api/v1/ask`, questions, 2)
    await load(`${cached.url}/api/v1/ask`, questions, 2)
    const bare = await load(`${address.trim()}/ask`, questions, SECONDS)
    const asked = await load(`${server.url}/api/v1/ask`, questions, SECONDS)
    const known = await load(`${cached.url}/api/v1/ask`, questions, SECONDS)
    const rate = (times: readonly number[]): number => times.length / SECONDS
    await report(
      'requests',
      [
        ['a bare Fastify route: requests a second, p95', `${rate(bare).toFixed(0)}, ${ms(percentile(bare, 0.95))}`],
        ['POST /api/v1/ask, embedding cached', `${rate(asked).toFixed(0)}, ${ms(percentile(asked, 0.95))}`],
        ['the same, answer cached', `${rate(known).toFixed(0)}, ${ms(percentile(known, 0.95))}`],
        ['ask / bare', (asked.length / bare.length).toFixed(3)],
        ['ask with its answer cached / bare', (known.length / bare.length).toFixed(3)],
      ],
      { bare: rate(bare), asked: rate(asked), cached: rate(known) },
    )
  } finally {
    await Promise.all([server.stop(), cached.stop()])
  }
} finally {
  floor.kill()
  await rm(folder, { recursive: true, force: true })
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
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ question: questions[n % questions.length] }),
      })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i * 7)))
  return times
}
