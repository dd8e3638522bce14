import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StartError } from '../core/start-error.ts'
import { lockDataDir, placeId, readHolder, readToken, takenBy } from './data-dir.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-lock-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const MODULE = new URL('./data-dir.ts', import.meta.url).href

/** Another process that takes the folder, says whether it could, and stays. */
function contender(dataDir: string) {
  const code = `
    const { lockDataDir } = await import(${JSON.stringify(MODULE)})
    const lock = lockDataDir(${JSON.stringify(dataDir)}, 'evident serve')
    lock?.announce('http://127.0.0.1:8000')
    console.log(lock === undefined ? 'taken' : 'mine')
    setInterval(() => lock, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = once(child.stdout, 'data').then(([data]) => String(data).trim())
  return { child, said, ended: once(child, 'exit') }
}

test('one holder at a time, and the next after it released', (t) => {
  const dataDir = join(folder(t), 'new', 'folder')
  const first = lockDataDir(dataDir, 'evident serve')
  assert.ok(first)
  assert.equal(lockDataDir(dataDir, 'evident ingest'), undefined)
  assert.equal(readHolder(dataDir)?.url, null)
  first.announce('http://127.0.0.1:8123')
  assert.equal(readHolder(dataDir)?.url, 'http://127.0.0.1:8123')
  assert.match(
    takenBy(dataDir).message,
    new RegExp(`^DATA_DIR .* is taken by evident serve on http://127.0.0.1:8123 \\(process ${process.pid}, since `),
  )
  first.release()
  assert.equal(readHolder(dataDir), undefined)
  const second = lockDataDir(dataDir, 'evident serve')
  assert.ok(second)
  assert.equal(second.cliToken, first.cliToken)
  second.release()
})

test('the token is random, kept, and readable by the owner alone', (t) => {
  const dataDir = folder(t)
  assert.equal(readToken(dataDir), undefined)
  const lock = lockDataDir(dataDir, 'evident serve')
  t.after(() => lock?.release())
  assert.match(lock?.cliToken ?? '', /^[\w-]{43}$/)
  assert.equal(readToken(dataDir), lock?.cliToken)
  if (process.platform !== 'win32') {
    for (const name of ['cli-token', 'server.json', 'evident.lock']) {
      assert.equal(statSync(join(dataDir, name)).mode & 0o077, 0, name)
    }
  }
})

test('of processes that start together one gets the folder, and kill -9 gives it back', async (t) => {
  const dataDir = folder(t)
  const contenders = Array.from({ length: 4 }, () => contender(dataDir))
  t.after(() => contenders.forEach(({ child }) => child.kill('SIGKILL')))
  const said = await Promise.all(contenders.map((one) => one.said))
  assert.deepEqual(said.toSorted(), ['mine', 'taken', 'taken', 'taken'])
  const winner = contenders[said.indexOf('mine')]
  assert.equal(readHolder(dataDir)?.pid, winner?.child.pid)
  assert.equal(lockDataDir(dataDir, 'evident serve'), undefined)
  winner?.child.kill('SIGKILL')
  await winner?.ended
  assert.ok(readFileSync(join(dataDir, 'server.json'), 'utf8').includes(String(winner?.child.pid)))
  assert.equal(readHolder(dataDir), undefined)
  const next = lockDataDir(dataDir, 'evident serve')
  assert.ok(next)
  next.release()
})

test('a path that cannot be a data folder is one clear line', (t) => {
  const file = join(folder(t), 'file')
  writeFileSync(file, 'x')
  for (const path of [file, join(file, 'below')]) {
    assert.throws(
      () => lockDataDir(path, 'evident serve'),
      (error) => error instanceof StartError && error.lines.length === 1 && /is not a folder/.test(error.message),
    )
  }
  if (process.platform === 'linux') {
    assert.throws(
      () => lockDataDir('/proc/evident', 'evident serve'),
      /^StartError: DATA_DIR \/proc\/evident cannot be used/,
    )
  }
})

test('a folder that can no longer be written when the server listens is one clear line, and nothing half is left', (t) => {
  const dataDir = folder(t)
  const lock = lockDataDir(dataDir, 'evident serve')
  assert.ok(lock)
  const holder = join(dataDir, 'server.json')
  rmSync(holder)
  mkdirSync(holder)
  assert.throws(
    () => lock.announce('http://127.0.0.1:1'),
    (error) => error instanceof StartError && error.lines.length === 1,
  )
  assert.deepEqual(readdirSync(dataDir).toSorted(), ['cli-token', 'evident.lock', 'server.json'])
  rmdirSync(holder)
  lock.release()
})

test('a data folder is the same place each time, and its copy is another one', (t) => {
  const home = folder(t)
  const [dataDir, copy] = [join(home, 'one'), join(home, 'copy')]
  const place = placeId(dataDir)
  assert.equal(placeId(dataDir), place)
  cpSync(dataDir, copy, { recursive: true, preserveTimestamps: true })
  assert.notEqual(placeId(copy), place)
  assert.equal(placeId(dataDir), place)
})
