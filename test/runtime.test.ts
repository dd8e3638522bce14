import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../scripts/drills/server.ts'

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
