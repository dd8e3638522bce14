import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { finish } from './document-words.fixture.ts'
import { DamagedSnapshotError, readSnapshot, type Snapshot, writeSnapshot } from './snapshot-file.ts'
import { temporaryFolder } from './temporary-index.fixture.ts'

let folder: string
before(async () => {
  folder = await temporaryFolder()
})
after(() => rm(folder, { recursive: true, force: true }))

const snapshot: Snapshot = {
  name: 'Häuser \u0000',
  nothing: null,
  inside: [{ numbers: Float64Array.of(1.5, Number.NaN, -0), empty: new Int32Array(0) }, 7],
  // A part of a longer one, and one in memory that is shared.
  part: Uint16Array.of(1, 2, 3, 4).subarray(1, 3),
  shared: new Float32Array(new SharedArrayBuffer(8)).fill(0.25),
}

test('what is written is read again, arrays as arrays', () => {
  const path = join(folder, 'whole')
  finish(writeSnapshot(path, [{ first: 1 }, snapshot]))
  assert.deepEqual(readSnapshot(path), [{ first: 1 }, { ...snapshot, shared: Float32Array.of(0.25, 0.25) }])
})

test('what is long is written in steps, and many small arrays, too', () => {
  const path = join(folder, 'long')
  const numbers = Int32Array.from({ length: 1_000_000 }, (_, i) => i * 7)
  for (const part of [
    { numbers },
    { numbers: Array.from({ length: 1000 }, (_, i) => numbers.subarray(i * 1000, (i + 1) * 1000)) },
  ]) {
    const writing = writeSnapshot(path, [part])
    let pauses = 0
    while (writing.next().done !== true) pauses++
    assert.equal(pauses, 3)
    assert.deepEqual(readSnapshot(path), [part])
  }
})

test('whatever byte is missing or changed, it is not read', async () => {
  const path = join(folder, 'damaged')
  finish(writeSnapshot(path, [{ first: 1 }, snapshot]))
  const whole = await readFile(path)
  for (let at = 0; at < whole.length; at++) {
    await writeFile(path, whole.subarray(0, at))
    assert.throws(() => readSnapshot(path), DamagedSnapshotError, `cut off at ${at}`)
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] as number) ^ 0x10
    await writeFile(path, changed)
    assert.throws(() => readSnapshot(path), DamagedSnapshotError, `changed at ${at}`)
  }
  await writeFile(path, Buffer.concat([whole, whole]))
  assert.throws(() => readSnapshot(path), DamagedSnapshotError)
})

test('one that was given up leaves no file', () => {
  const path = join(folder, 'given-up')
  const writing = writeSnapshot(path, [{ numbers: new Int32Array(1_000_000) }])
  writing.next()
  writing.return()
  assert.equal(existsSync(path), false)
})
