import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startServer } from '../scripts/drills/server.ts'

// `npm test` gives one; here the server is to find its own.
delete process.env['NODE_COMPILE_CACHE']

test(
  'the server runs with the allocator and the compile cache that keep it small, under the process id it was started with',
  { skip: process.platform !== 'linux' && 'only glibc has these settings' },
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'evident-runtime-'))
    const server = await startServer({ dataDir, env: { MALLOC_ARENA_MAX: '3' } })
    t.after(async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    })
    const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8')
    const settings = new Map(
      environment.split('\0').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
    )
    assert.equal(settings.get('MALLOC_MMAP_THRESHOLD_'), '65536')
    assert.equal(settings.get('MALLOC_ARENA_MAX'), '3', 'what the user set stays')
    assert.ok(settings.get('NODE_COMPILE_CACHE'))
  },
)

test(
  'the settings of the process leave the limits of threads as they are',
  { skip: process.platform !== 'linux' && 'only there the server starts again with flags of its own' },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'evident-runtime-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const program = join(folder, 'program.ts')
    await writeFile(
      program,
      `import { Worker } from 'node:worker_threads'
      import { prepareRuntime } from ${JSON.stringify(import.meta.resolve('../src/config/runtime.ts'))}
      prepareRuntime()
      const bound = 'Math.round(require("node:v8").getHeapStatistics().heap_size_limit / 2 ** 20)'
      const thread = new Worker(\`require('node:worker_threads').parentPort.postMessage(\${bound})\`, {
        eval: true,
        resourceLimits: { maxOldGenerationSizeMb: 100, maxYoungGenerationSizeMb: 8 },
      })
      thread.on('message', (limit) => {
        console.log(JSON.stringify({ flags: process.execArgv, limit }))
      })`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'serve'], { env: {} })
    const { flags, limit } = JSON.parse(stdout) as { readonly flags: readonly string[]; readonly limit: number }
    assert.ok(flags.includes('--max-semi-space-size=16'), 'it has started again')
    assert.ok(limit < 120, `the thread may take ${limit} MiB`)
  },
)

test(
  'the settings of the process leave the compiled code of Node itself as it is',
  { skip: process.platform !== 'linux' && 'only there the server starts again with flags of its own' },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'evident-runtime-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const program = join(folder, 'program.ts')
    // The tag names the version and the flags that compiled code was made with: V8 takes only its own.
    await writeFile(
      program,
      `import { cachedDataVersionTag } from 'node:v8'
      import { Worker } from 'node:worker_threads'
      import { prepareRuntime } from ${JSON.stringify(import.meta.resolve('../src/config/runtime.ts'))}
      const tag = 'require("node:v8").cachedDataVersionTag()'
      if (process.argv.includes('serve')) prepareRuntime()
      new Worker(\`require('node:worker_threads').parentPort.postMessage(\${tag})\`, { eval: true }).on('message', (thread) => {
        console.log(JSON.stringify({ again: process.execArgv.length > 0, tags: [cachedDataVersionTag(), thread] }))
      })`,
    )
    const run = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env: {} })
      return JSON.parse(stdout) as { readonly again: boolean; readonly tags: readonly number[] }
    }
    const [bare, prepared] = await Promise.all([run(), run('serve')])
    assert.deepEqual([bare.again, prepared.again], [false, true])
    assert.deepEqual(prepared.tags, bare.tags)
  },
)
