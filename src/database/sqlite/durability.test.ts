import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { quietLogger } from '../../../test/databases.ts'
import { readCounters } from '../counters.ts'
import { openSqlite } from './open.ts'

const WRITER = fileURLToPath(new URL('../../../test/write-until-killed.ts', import.meta.url))

test('after kill -9 every acknowledged unit is there, and no half of any', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [round, enough] of [40, 300, 150].entries()) {
    const path = join(folder, `${round}.db`)
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const acknowledged: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line)
      if (acknowledged.length === enough) child.kill('SIGKILL')
    }
    assert.deepEqual(await exited, [null, 'SIGKILL'])
    assert.ok(acknowledged.length >= enough)

    const database = await openSqlite({ path, logger: quietLogger })
    const totals = await readCounters(database.read)
    await database.close()
    for (const name of acknowledged) assert.ok(totals.has(`left ${name}`), `${name} was acknowledged and is gone`)
    for (const name of totals.keys()) {
      if (name.startsWith('left ')) assert.ok(totals.has(name.replace('left', 'right')), `${name} is alone`)
      if (name.startsWith('right ')) assert.ok(totals.has(name.replace('right', 'left')), `${name} is alone`)
    }
  }
})
