// How long the service takes to start over a folder of 5,000 documents, and what it then keeps in memory.
import { execFileSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { apiClient } from '../scripts/drills/client.ts'
import { residentMiB, startServer } from '../scripts/drills/server.ts'
import { median, ms, report } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'

const RUNS = 7
/** Milliseconds after the first answer until the memory is read: what only the start needed may go. */
const SETTLE = 5_000

const { dataDir, ids } = await servedSet(await readSet('scifact'))
const documents = ids.filter((id) => id !== '').length

const runs: {
  ready: number
  line: number
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
  const memoryStart = residentMiB(server.processes())
  await apiClient(server.url).ask('Does vitamin D lower the risk of infection?')
  await sleep(SETTLE)
  const processes = server.processes()
  runs.push({
    ready: server.readyAfter,
    line,
    memoryStart,
    memoryIdle: residentMiB(processes),
    processes: processes.length,
    floor,
  })
  await server.stop()
}

const [cold] = runs
if (cold === undefined) throw new Error('Nothing was measured')
const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick))
await report(
  'start',
  [
    ['documents', String(documents)],
    [
      'until /health/ready is 200: median, worst',
      `${ms(of((run) => run.ready))}, ${ms(Math.max(...runs.map((run) => run.ready)))}`,
    ],
    [
      'until the ready line: median, worst',
      `${ms(of((run) => run.line))}, ${ms(Math.max(...runs.map((run) => run.line)))}`,
    ],
    ['first of the runs', ms(cold.ready)],
    ['an empty Node program, in the same runs', ms(of((run) => run.floor))],
    ['resident when ready', `${of((run) => run.memoryStart).toFixed(0)} MiB`],
    [
      `resident idle after a question (${of((run) => run.processes)} processes)`,
      `${of((run) => run.memoryIdle).toFixed(0)} MiB`,
    ],
  ],
  { documents, runs },
)
