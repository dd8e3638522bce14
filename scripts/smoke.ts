// What the README promises, in a fresh clone: its two commands, and its example as it stands there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, root, startServer } from './drills/server.ts'

/** The first shell block after the marker. */
export function exampleOf(readme: string): string {
  const block = /<!-- example -->\s*```sh\n(.*?)```/s.exec(readme)?.[1]
  assert.ok(block !== undefined, 'README.md has no example between its marker and the end of a block')
  return block
}

/** npm run by this script puts the pinned Node first; the clone must find its own. */
function ownPath(): string {
  const path = (process.env['PATH'] ?? '').split(delimiter)
  return path.filter((folder) => !folder.includes('node_modules')).join(delimiter)
}

const folder = mkdtempSync(join(tmpdir(), 'evident-smoke-'))
const clone = join(folder, 'evident')
const env = { ...process.env, PATH: ownPath() }
try {
  execFileSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' })
  execFileSync('npm', ['ci', '--silent'], { cwd: clone, env, stdio: 'inherit' })
  const port = await freePort()
  const server = await startServer({
    port,
    dataDir: join(clone, 'data'),
    command: ['npm', 'start'],
    cwd: clone,
    env: { PATH: env.PATH },
  })
  // It answers a moment before it has said so.
  const says = new RegExp(`http://127\\.0\\.0\\.1:${port}`)
  for (let n = 0; n < 100 && server.seen(says) === null; n += 1) await sleep(100)
  assert.match(server.output(), says, 'the start does not say where it serves')

  const readme = readFileSync(join(clone, 'README.md'), 'utf8')
  const example = exampleOf(readme).replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`)
  const printed = execFileSync('bash', ['-euo', 'pipefail', '-c', example], { cwd: clone, env, encoding: 'utf8' })
  const promised = /<!-- example prints -->\s*```text\n(.*?)```/s.exec(readme)?.[1] ?? ''
  assert.ok(promised.trim() !== '', 'README.md does not say what its example prints')
  for (const line of promised.trim().split('\n')) assert.ok(printed.includes(line), `${line}\nis not in\n${printed}`)

  assert.equal(await server.stop(), 0, 'SIGTERM to `npm start` does not end it cleanly')
  const dirty = execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })
  const left = dirty.split('\n').filter((line) => line !== '' && !line.endsWith(' lighthouse.txt'))
  assert.deepEqual(left, [], 'the two commands leave files behind that git sees')
  console.log(
    `smoke: the README's commands and example work in a fresh clone (ready in ${server.readyAfter.toFixed(0)} ms)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
