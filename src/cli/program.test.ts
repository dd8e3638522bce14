import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./program.fixture.ts', import.meta.url))
const { PATH, NODE_COMPILE_CACHE } = process.env

function folder(t: TestContext, files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-cli-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

/** A command in a folder of its own, whose `data` is the data folder. */
function evident(
  t: TestContext,
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input?: string,
) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, PORT: '0', EMBEDDING_THREADS: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (data) => (out += String(data)))
  child.stderr.setEncoding('utf8').on('data', (data) => (err += String(data)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  const says = async (pattern: RegExp) => {
    while (!pattern.test(out)) {
      const running = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)])
      if (running === undefined && !pattern.test(out)) throw new Error(`It ended without ${pattern}:\n${out}\n${err}`)
    }
    return pattern.exec(out)
  }
  return { child, ended, says }
}

async function startServer(t: TestContext, cwd: string, env: Record<string, string> = {}) {
  const server = evident(t, cwd, ['serve'], env)
  const match = await server.says(/^Evident is ready on (http:\/\/\S+) \(data in (.+)\)$/m)
  return { ...server, url: match?.[1] ?? '', dataDir: match?.[2] ?? '' }
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

test('serve says where it is, answers, and ends cleanly at SIGTERM with running requests answered', async (t) => {
  const cwd = folder(t)
  const server = await startServer(t, cwd)
  await server.says(/There are no documents yet/)
  assert.equal(server.dataDir, join(cwd, 'data'))
  const slow = fetch(`${server.url}/slow`)
  await fetch(`${server.url}/health/ready?token=secret`)
  server.child.kill('SIGTERM')
  assert.equal(await (await slow).text(), 'slow but done')
  const { code, err } = await server.ended
  assert.equal(code, 0)
  const log = lines(err).map((line) => JSON.parse(line) as { msg: string; path?: string })
  assert.ok(
    log.some(({ msg, path }) => msg === 'request' && path === '/health/ready'),
    err,
  )
  assert.doesNotMatch(err, /secret/)
  const again = await startServer(t, cwd)
  again.child.kill('SIGINT')
  assert.equal((await again.ended).code, 0)
})

test('a second start on the same data folder says who has it', async (t) => {
  const cwd = folder(t)
  const server = await startServer(t, cwd)
  const second = await evident(t, cwd, ['serve']).ended
  assert.equal(second.code, 1)
  assert.equal(second.out, '')
  assert.match(
    second.err,
    new RegExp(
      `^DATA_DIR .*data is taken by evident serve on ${server.url} \\(process ${server.child.pid}, since .*\\)\\.\\n$`,
    ),
  )
})

test('a port that is taken, bad settings and a bad folder are clear lines without a stack', async (t) => {
  const cwd = folder(t, { file: 'x' })
  const occupant = createServer().listen(0, '127.0.0.1')
  await once(occupant, 'listening')
  t.after(() => occupant.close())
  const address = occupant.address()
  const port = String(typeof address === 'object' ? address?.port : 0)
  const taken = await evident(t, cwd, ['serve'], { PORT: port }).ended
  assert.deepEqual([taken.code, lines(taken.err).length], [1, 1], taken.err)
  assert.match(taken.err, new RegExp(`^Port ${port} on 127.0.0.1 is taken`))

  const settings = await evident(t, cwd, ['serve'], { PORT: 'x', HOST: '0.0.0.0', DEBUG: 'perhaps' }).ended
  assert.equal(settings.code, 1)
  assert.deepEqual(
    lines(settings.err).map((line) => line.split(' ')[0]),
    ['PORT', 'DEBUG'],
  )

  const noFolder = await evident(t, cwd, ['serve'], { DATA_DIR: 'file' }).ended
  assert.deepEqual([noFolder.code, lines(noFolder.err).length], [1, 1])
  assert.match(noFolder.err, /^DATA_DIR .*file is not a folder\.$/m)
})

test('--version, --help and wrong usage', async (t) => {
  const cwd = folder(t)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.deepEqual(await evident(t, cwd, ['--version']).ended, { code: 0, out: `${version}\n`, err: '' })
  const help = await evident(t, cwd, ['--help']).ended
  assert.equal(help.code, 0)
  for (const name of ['serve', 'ingest', 'search', 'ask', 'eval', 'doctor'])
    assert.match(help.out, new RegExp(`^  ${name}`, 'm'))
  assert.equal((await evident(t, cwd, ['nonsense']).ended).code, 1)
  assert.equal((await evident(t, cwd, ['search', 'x', '--limit', '0']).ended).code, 1)
})

const FILES = {
  'docs/a.txt': 'a',
  'docs/sub/b.txt': 'b',
  'docs/.hidden': 'x',
  'docs/.git/config': 'x',
  'docs/known.txt': 'known',
}

test('ingest reads folders without hidden files, alone and beside a running server', async (t) => {
  const cwd = folder(t, FILES)
  symlinkSync(join(cwd, 'docs'), join(cwd, 'docs', 'loop'))
  const alone = await evident(t, cwd, ['ingest', 'docs', 'docs/a.txt']).ended
  assert.equal(alone.code, 0, alone.err)
  assert.match(alone.out, /docs\/a\.txt: read, 2 passages\n/)
  assert.match(alone.out, /docs\/known\.txt: was there already\n/)
  assert.match(alone.out, /^3 files: 2 read, 1 there already in [\d.]+ s\.$/m)

  const server = await startServer(t, cwd)
  const beside = await evident(t, cwd, ['ingest', 'docs', '--json']).ended
  assert.equal(beside.code, 0, beside.err)
  const results = lines(beside.out).map(
    (line) => JSON.parse(line) as { path?: string; status?: string; summary?: object },
  )
  assert.deepEqual(
    results
      .slice(0, 3)
      .map(({ path, status }) => `${path} ${status}`)
      .toSorted(),
    ['docs/a.txt processed', 'docs/known.txt duplicate', 'docs/sub/b.txt processed'],
  )
  assert.ok(results[3]?.summary)
  server.child.kill('SIGTERM')
  assert.equal((await server.ended).err.match(/upload-file/g)?.length, 3)
})

test('each failure is told with its reason and makes the exit code 1', async (t) => {
  const cwd = folder(t, { 'a.txt': 'a', 'b.txt': 'corrupt', 'c.exe': 'c', 'd.txt': 'x'.repeat(2000) })
  const { code, out } = await evident(t, cwd, ['ingest', 'a.txt', 'b.txt', 'c.exe', 'd.txt', 'missing.txt']).ended
  assert.equal(code, 1)
  assert.match(out, /a\.txt: read/)
  assert.match(out, /b\.txt: failed: The file is damaged\. \(document_corrupt\)/)
  assert.match(out, /c\.exe: failed: Programs are not read\. \(unsupported_media_type\)/)
  assert.match(out, /d\.txt: failed: .*\(payload_too_large\)/)
  assert.match(out, /missing\.txt: failed: There is no such file or folder\. \(unreadable_file\)/)
  assert.match(out, /^5 files: 1 read, 4 failed/m)
})

test('Ctrl-C cancels what is not finished, says what was done, and leaves the folder free', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`docs/${String(i).padStart(2, '0')}.txt`, i === 0 ? 'a' : 'forever']),
  )
  const cwd = folder(t, many)
  const interrupt = async () => {
    const running = evident(t, cwd, ['ingest', 'docs'])
    await running.says(/00\.txt: read/)
    running.child.kill('SIGINT')
    const { code, out, err } = await running.ended
    assert.equal(code, 130, err)
    assert.match(out, /^20 files: 1 read, 19 cancelled/m)
  }
  await interrupt()
  const server = await startServer(t, cwd)
  await interrupt()
  const states = (await (await fetch(`${server.url}/api/v1/jobs`)).json()) as string[]
  assert.deepEqual([...new Set(states)].toSorted(), ['cancelled', 'done'])
})

test('Ctrl-C leaves a job alone that another one began for the same file', async (t) => {
  const cwd = folder(t, { 'docs/0.txt': 'a', 'docs/1.txt': 'of another' })
  const server = await startServer(t, cwd)
  const running = evident(t, cwd, ['ingest', 'docs'])
  await running.says(/0\.txt: read/)
  running.child.kill('SIGINT')
  const { code, out, err } = await running.ended
  assert.equal(code, 130, err)
  assert.match(out, /1\.txt: is being read already/)
  assert.match(out, /^2 files: 1 read, 1 being read already in/m)
  const states = (await (await fetch(`${server.url}/api/v1/jobs`)).json()) as string[]
  assert.deepEqual(states.toSorted(), ['done', 'running'])
})

test('search and ask print for people, and JSON where asked', async (t) => {
  const cwd = folder(t)
  const found = await evident(t, cwd, ['search', 'bells', '--limit', '1']).ended
  assert.equal(found.out, '1. About bells [2J, page 3  (0.75)\n   The best passage.\n\n')
  const answer = await evident(t, cwd, ['ask', 'Is it so?']).ended
  assert.equal(answer.out, 'It is so. [1]\n\n[1] A book, page 7\n    “It is so.”\n\nConfidence: high (0.90)\n')
  const abstained = await evident(t, cwd, ['ask', 'the unknown']).ended
  assert.equal(abstained.code, 0)
  assert.match(abstained.out, /^Nothing was found about it\.\n\n.*abstained/)
  const json = await evident(t, cwd, ['ask', 'Is it so?', '--json']).ended
  assert.equal((JSON.parse(json.out) as { confidence: number }).confidence, 0.9)
})

test('search and ask take filters', async (t) => {
  const cwd = folder(t)
  const server = await startServer(t, cwd)
  const filtersOf = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await evident(t, cwd, [...args, '--json']).ended
    assert.equal(code, 0, err)
    return (JSON.parse(out) as { filters?: unknown }).filters
  }
  assert.equal(await filtersOf('search', 'bells'), undefined)
  const kinds = [
    '--chat',
    'a',
    '--chat',
    'b',
    '--file-type',
    'text/plain',
    '--from',
    '2026-05-01',
    '--before',
    '2026-06-01',
  ]
  assert.deepEqual(await filtersOf('search', ...kinds, 'bells'), {
    chat_ids: ['a', 'b'],
    file_types: ['text/plain'],
    created_from: '2026-05-01',
    created_before: '2026-06-01',
  })
  const values = ['year=2024', 'draft=false', 'code="7"', 'sum=1=1', 'zip=00420', 'name="Ann"'].flatMap((value) => [
    '--metadata',
    value,
  ])
  assert.deepEqual(await filtersOf('ask', 'Is it so?', ...values), {
    metadata: { year: 2024, draft: false, code: '7', sum: '1=1', zip: '00420', name: 'Ann' },
  })
  const { code, err } = await evident(t, cwd, ['search', 'bells', '--metadata', 'year']).ended
  assert.equal(code, 1)
  assert.match(err, /such as year=2024/)
  server.child.kill('SIGTERM')
  await server.ended
})

test('migrate embeddings shows how far it is and says what to do next', async (t) => {
  const cwd = folder(t)
  const model = ['--model', 'multilingual-e5-small']
  const own = await evident(t, cwd, ['migrate', 'embeddings', ...model]).ended
  assert.equal(own.code, 0, own.err)
  assert.match(own.out, /^0 of 20 passages\n10 of 20 passages\n20 of 20 passages\nAll 20 .*From the next start on/)
  const server = await startServer(t, cwd)
  const asked = await evident(t, cwd, ['migrate', 'embeddings', '--json', ...model]).ended
  const states = lines(asked.out).map((line) => JSON.parse(line) as { done: number; active: string })
  assert.deepEqual(
    states.map(({ done, active }) => [done, active]),
    [
      [0, 'bge-small-en-v1.5'],
      [10, 'bge-small-en-v1.5'],
      [20, 'multilingual-e5-small'],
    ],
  )
  server.child.kill('SIGTERM')
  await server.ended
  const same = await evident(t, cwd, ['migrate', 'embeddings', '--model', 'bge-small-en-v1.5']).ended
  assert.match(same.out, /embedded with bge-small-en-v1.5, which serves/)
  for (const args of [['--model', 'gpt-9'], []]) {
    const { code, err } = await evident(t, cwd, ['migrate', 'embeddings', ...args]).ended
    assert.equal(code, 1)
    assert.match(err, /--model/)
  }
})

test('doctor prints the settings with secrets masked and fails on a failing check', async (t) => {
  const cwd = folder(t)
  const web = { WEB_SEARCH_PROVIDER: 'brave', BRAVE_API_KEY: 'hunter2' }
  const env = { OPENAI_API_KEY: 'hunter2', ANTHROPIC_API_KEY: 'hunter2', STRIPE_KEY: 'hunter2', ...web }
  const fine = await evident(t, cwd, ['doctor'], env).ended
  assert.equal(fine.code, 0, fine.out + fine.err)
  assert.match(fine.out, /^OPENAI_API_KEY +\*{8} {2}\(environment\)$/m)
  assert.match(fine.out, /^ok {6}model bge-small-en-v1\.5: whole$/m)
  assert.match(fine.out, /^ok {6}database: healthy$/m)
  assert.match(fine.out, /^note {4}settings: .*STRIPE_KEY/m)
  assert.match(fine.out, /^ok {6}web search: brave/m)
  assert.doesNotMatch(fine.out + fine.err, /hunter2/)
  writeFileSync(join(cwd, 'file'), '')
  const broken = await evident(t, cwd, ['doctor', '--json'], { DATA_DIR: 'file' }).ended
  assert.equal(broken.code, 1)
  const { checks } = JSON.parse(broken.out) as { checks: { name: string; status: string; detail: string }[] }
  assert.match(checks.find(({ name }) => name === 'service')?.detail ?? '', /is not a folder/)
})

test('admin create makes an administrator with the password from its input, of which it prints nothing', async (t) => {
  const cwd = folder(t)
  const create = (args: readonly string[], input: string) =>
    evident(t, cwd, ['admin', 'create', ...args], {}, input).ended
  const made = await create(['ada@example.org', '--name', 'Ada'], 'hunter2hunter2\nanother line\n')
  assert.deepEqual(made, { code: 0, out: 'ada@example.org is an administrator (admin Ada 14).\n', err: '' })
  const named = await create(['ada@example.org'], 'hunter2hunter2')
  assert.match(named.out, /\(admin ada@example\.org 14\)/)
  for (const [email, input] of [
    ['nobody', 'hunter2hunter2\n'],
    ['ada@example.org', 'short\n'],
    ['ada@example.org', ''],
  ] as const) {
    const refused = await create([email], input)
    assert.deepEqual([refused.code, refused.out], [1, ''])
    assert.match(refused.err, /^body\.(email|password): /)
  }
})
