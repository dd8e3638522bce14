import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const run = (program: string, args: readonly string[], cwd = root): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { cwd, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })

test('the third-party notices are those of the lock file', async () => {
  const { code, stderr } = await run(process.execPath, ['scripts/notices.ts', '--check'])
  assert.equal(code, 0, stderr)
})

// npm runs the install scripts of exactly those packages that the lock file marks; .npmrc cannot forbid them without
// also stopping the build of `npm pack` (docs/decisions/0006).
test('the lock file marks no package whose install script npm would run', async () => {
  const Lock = z.object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })) })
  const { packages } = Lock.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')))
  const marked = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript !== undefined)
  assert.ok(Object.keys(packages).length > 100)
  assert.deepEqual(marked, [], 'take "hasInstallScript" out of these entries of package-lock.json')
})

test('a package that was packed without being built says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-unbuilt-'))
  try {
    await cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
    const { code, stderr } = await run(process.execPath, ['bin/evident.mjs', '--version'], folder)
    assert.equal(code, 1)
    assert.match(stderr, /without being built.*npm pack --ignore-scripts=false/)
    assert.equal(stderr.trim().split('\n').length, 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('an older Node gets one line that says what to do', async () => {
  const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
  const older = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
  const { code, stdout, stderr } = await run(process.execPath, [...older, 'bin/evident.mjs', 'serve'])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^Evident needs Node 24 or newer, and this is Node 20\.20\.2:.*npm ci[^\n]*\n$/)
})

test('no module names another by an extension that the built package does not have', async () => {
  const found: string[] = []
  for await (const path of glob('src/**/*.ts', { cwd: root })) {
    // What only tests read is not built.
    if (/\.(test|fixture)\.ts$/.test(path)) continue
    const text = await readFile(join(root, path), 'utf8')
    if (/new URL\(\s*[`'"][^`'"]*\.ts[`'"]/.test(text)) found.push(path)
  }
  assert.deepEqual(found, [])
})
