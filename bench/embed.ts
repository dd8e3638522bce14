// The local embedder's pool beside bare sessions (one a thread, texts in a loop, no queue) on the same texts in the same
// run, rounds in turn; queries alone and while documents are embedded; resident memory with only the query thread.
// node bench/embed.ts [model] [texts a round]
import { once } from 'node:events'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { readModelFiles } from '../src/adapters/embedders/local-onnx/model-files.ts'
import { keepToItself } from '../src/adapters/embedders/local-onnx/model-thread.ts'
import { openModel } from '../src/adapters/embedders/local-onnx/model.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { root } from '../scripts/drills/server.ts'
import { median, ms, report } from './report.ts'
import { readSet } from './retrieval-sets.ts'

const modelsDir = join(root, 'models')
const ROUNDS = 3
const silent: Logger = { debug() {}, info() {}, warn: console.warn, error: console.error, child: () => silent }

if (isMainThread) keepToItself()
if (isMainThread) await measure(process.argv[2] ?? 'bge-small-en-v1.5', Number(process.argv[3] ?? 120))
else await bareThread(workerData as string)

/** Loads a session, then embeds each list that it is sent and says when it is done. */
async function bareThread(name: string): Promise<void> {
  const model = await openModel(await readModelFiles(modelsDir, name))
  async function round(texts: readonly string[]): Promise<void> {
    for (const text of texts) await model.encode(text, 'document', false)
    parentPort?.postMessage('done', [])
  }
  parentPort?.on('message', (texts: readonly string[] | null) => {
    if (texts === null) parentPort?.close()
    else void round(texts)
  })
  parentPort?.postMessage('ready', [])
}

async function bare(name: string, threads: number, texts: readonly string[]) {
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: name }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  return {
    async round(): Promise<void> {
      const shares = workers.map((_, at) => texts.filter((__, index) => index % threads === at))
      await Promise.all(
        workers.map((worker, at) => {
          worker.postMessage(shares[at], [])
          return once(worker, 'message')
        }),
      )
    },
    async close(): Promise<void> {
      await Promise.all(
        workers.map((worker) => {
          worker.postMessage(null, [])
          return once(worker, 'exit')
        }),
      )
    },
  }
}

async function measure(name: string, count: number): Promise<void> {
  const set = await readSet('scifact')
  const texts = set.passages
    .filter(({ text }) => text.length > 900)
    .slice(0, count)
    .map(({ text }) => text.slice(0, 900))
  const questions = set.questions.map(({ text }) => text)
  const rows: [string, string][] = []
  const figures: Record<string, unknown> = { model: name, texts: texts.length }

  const before = process.memoryUsage().rss
  const began = performance.now()
  const alone = await createLocalEmbedder({ name, modelsDir, threads: 1, cacheSize: 0, logger: silent })
  const loadMs = performance.now() - began
  const queryMs: number[] = []
  for (const question of questions.slice(0, 100)) queryMs.push(await timed(() => alone.embed([question], 'query')))
  const rssMb = Math.round(process.memoryUsage().rss / 1e6)
  await alone.close()
  Object.assign(figures, { loadMs, queryMs: median(queryMs), rssMb, rssBeforeMb: Math.round(before / 1e6) })
  rows.push(['load', ms(loadMs)], ['one query, p50', ms(median(queryMs))])
  rows.push(['resident with the query thread', `${rssMb} MB (${Math.round(before / 1e6)} before)`])

  for (const threads of [1, 2]) {
    const floor = await bare(name, threads, texts)
    const embedder = await createLocalEmbedder({ name, modelsDir, threads, cacheSize: 0, logger: silent })
    await embedder.embed(texts.slice(0, 4 * threads), 'document')
    const [bareRates, poolRates]: [Rate[], Rate[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      bareRates.push(await rate(texts.length, floor.round))
      poolRates.push(await rate(texts.length, () => embedder.embed(texts, 'document')))
    }
    await floor.close()

    const controller = new AbortController()
    const busy = embedder.embed([...texts, ...texts], 'document', { signal: controller.signal }).catch(() => undefined)
    const underLoad: number[] = []
    for (const question of questions.slice(0, 40)) {
      underLoad.push(await timed(() => embedder.embed([question], 'query')))
      await sleep(20)
    }
    controller.abort()
    await busy
    await embedder.close()
    const result: Record<string, unknown> = { queryUnderLoadMs: median(underLoad) }
    for (const [unit, per] of [
      ['texts/s', 'second'],
      ['texts/CPU-second', 'cpuSecond'],
    ] as const) {
      const [bareRate, poolRate] = [bareRates, poolRates].map((rates) => median(rates.map((each) => each[per])))
      if (bareRate === undefined || poolRate === undefined) continue
      result[per] = { bareRate, poolRate }
      const share = (poolRate / bareRate).toFixed(2)
      rows.push([
        `${threads} thread(s), ${unit}`,
        `${poolRate.toFixed(1)}; bare ${bareRate.toFixed(1)}; share ${share}`,
      ])
    }
    figures[`threads${threads}`] = result
    rows.push([`${threads} thread(s), query meanwhile, p50`, ms(median(underLoad))])
  }
  await report(`embed-${name}`, rows, figures)
}

interface Rate {
  readonly second: number
  /** Of the whole process: says more than the clock where the machine is busy with something else. */
  readonly cpuSecond: number
}

async function rate(count: number, run: () => Promise<unknown>): Promise<Rate> {
  const cpuBefore = process.cpuUsage()
  const milliseconds = await timed(run)
  const { user, system } = process.cpuUsage(cpuBefore)
  return { second: (count * 1e3) / milliseconds, cpuSecond: (count * 1e6) / (user + system) }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
}
