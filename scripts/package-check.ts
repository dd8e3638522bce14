// Makes the package, installs it in an empty folder and uses the `evident` command that it brings.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative, sep } from 'node:path'
import { firstAnswer } from './first-answer.ts'
import { root, startServer } from './drills/server.ts'

/** What must be in the package, and what must not. */
function checkFiles(paths: readonly string[]): void {
  const wanted = [
    'bin/evident.mjs',
    'dist/main.js',
    'web/index.html',
    'models/bge-small-en-v1.5/model.onnx',
    'models/multilingual-e5-small/LICENSE',
    'LICENSE',
    'THIRD_PARTY_NOTICES.md',
    'README.md',
  ]
  assert.deepEqual(
    wanted.filter((path) => !paths.includes(path)),
    [],
    'missing in the package',
  )
  const surplus = paths.filter((path) => /^(src|test|bench|scripts|data|\.)|\/build\/|\.test\./.test(path))
  assert.deepEqual(surplus, [], 'in the package by mistake')
}

const filesBelow = (top: string): string[] =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(top, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))

const folder = mkdtempSync(join(tmpdir(), 'evident-package-'))
try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert.ok(tarball !== undefined, 'npm pack made no package')

  const installed = join(folder, 'installed')
  mkdirSync(installed)
  // As the README says: onnxruntime-node's install script would only fetch files for GPUs.
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', join(folder, tarball)], {
    cwd: installed,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  checkFiles(filesBelow(join(installed, 'node_modules', 'evident')))
  const binaries = join(installed, 'node_modules', '.bin')
  const PATH = [binaries, process.env['PATH']].join(delimiter)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const said = execFileSync('npx', ['--no-install', 'evident', '--version'], { cwd: installed, encoding: 'utf8' })
  assert.equal(said.trim(), version)

  const server = await startServer({
    dataDir: join(folder, 'data'),
    command: [join(binaries, 'evident'), 'serve'],
    cwd: installed,
    env: { PATH },
  })
  const answer = await firstAnswer(server.url)
  const page = await fetch(server.url, { headers: { accept: 'text/html' } })
  assert.match(await page.text(), /<title>Evident/)
  assert.equal(await server.stop(), 0)
  console.log(`package: ${tarball} installs, starts in ${server.readyAfter.toFixed(0)} ms and answers: ${answer}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
