/**
 * How long the service takes to start over a folder of 5,000 documents, or of as many chunks as are asked for, with the
 * snapshot of its index, and what it then keeps in memory:
 *
 *   npm run bench -- start [--chunks 100000]
 */
import { execFileSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { apiClient } from '../scripts/drills/client.ts'
import { residentMiB, root, startServer } from '../scripts/drills/server.ts'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { quietLogger } from '../test/databases.ts'
import { cpuSeconds } from './cpu-time.ts'
import { median, ms, report } from './report.ts'
import { embedSet, readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { servedSynthetic } from './served-synthetic.ts'
import { synthetic } from './synthetic.ts'

const RUNS = 7
/** Milliseconds after the first answer until the memory is read: what only the start needed may go. */
const SETTLE = 5_000

/** Passages that the synthetic chunks are made of. */
const REAL = 2000

const { values: options } = parseArgs({ options: { chunks: { type: 'string' } } })
const { dataDir, held } = options.chunks === undefined ? await documents() : await chunks(Number(options.chunks))
// It leaves the snapshot and the compile cache that the measured ones find; filling a large index takes minutes.
const first = await startServer({ dataDir, startLimit: 900_000 })
await first.stop()

async function documents(): Promise<{ dataDir: string; held: [string, number] }> {
  const served = await servedSet(await readSet('scifact'))
  return { dataDir: served.dataDir, held: ['documents', served.ids.filter((id) => id !== '').length] }
}

async function chunks(count: number): Promise<{ dataDir: string; held: [string, number] }> {
  const set = await readSet('scifact')
  const some = { ...set, passages: set.passages.slice(0, REAL) }
  const embedder = await createLocalEmbedder({
    name: 'bge-small-en-v1.5',
    modelsDir: join(root, 'models'),
    logger: quietLogger,
  })
  try {
    const { passages } = await embedSet(embedder, some)
    return { dataDir: await servedSynthetic(synthetic(some, passages, count), embedder.id), held: ['chunks', count] }
  } finally {
    await embedder.close()
  }
}

const runs: {
  ready: number
  line: number
  /** Seconds of CPU time by then: of all threads, and of the main one. */
  cpu: number
  cpuMain: number
  memoryStart: number
  memoryIdle: number
  processes: number
  floor: number
}[] = []
for (let run = 0; run < RUNS; run += 1) {
  const began = performance.now()
  execFileSync(process.execPath, ['-e', '0'])
  const floor = performance.now() - began

  const server = await startServer({ dataDir })
  let line = server.seen(/Evident is ready on/)
  while (line === null) {
    await sleep(5)
    line = server.seen(/Evident is ready on/)
  }
  const threads = cpuSeconds(server.pid)
  const memoryStart = residentMiB(server.processes())
  await apiClient(server.url).ask('Does vitamin D lower the risk of infection?')
  await sleep(SETTLE)
  const processes = server.processes()
  runs.push({
    ready: server.readyAfter,
    line,
    cpu: threads.values().reduce((sum, seconds) => sum + seconds, 0),
    cpuMain: threads.get('main') ?? 0,
    memoryStart,
    memoryIdle: residentMiB(processes),
    processes: processes.length,
    floor,
  })
  await server.stop()
}

const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick))
await report(
  options.chunks === undefined ? 'start' : `start-${options.chunks}`,
  [
    [held[0], String(held[1])],
    [
      'until /health/ready is 200: median, worst',
      `${ms(of((run) => run.ready))}, ${ms(Math.max(...runs.map((run) => run.ready)))}`,
    ],
    [
      'until the ready line: median, worst',
      `${ms(of((run) => run.line))}, ${ms(Math.max(...runs.map((run) => run.line)))}`,
    ],
    ['the start before them, which may have to fill the index', ms(first.readyAfter)],
    [
      'CPU time until then: all threads, the main one',
      `${of((run) => run.cpu).toFixed(2)} s, ${of((run) => run.cpuMain).toFixed(2)} s`,
    ],
    ['an empty Node program, in the same runs', ms(of((run) => run.floor))],
    ['resident when ready', `${of((run) => run.memoryStart).toFixed(0)} MiB`],
    [
      `resident idle after a question (${of((run) => run.processes)} processes)`,
      `${of((run) => run.memoryIdle).toFixed(0)} MiB`,
    ],
  ],
  { [held[0]]: held[1], runs },
)
