import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DocumentReader } from '../../core/ports/reading.ts'
import { createDocumentReader, type DocumentReaderOptions } from './reader.ts'

const parserModule = new URL('./misbehaving.fixture.ts', import.meta.url).href
const bytes = new TextEncoder().encode('Hello.')
const readers: DocumentReader[] = []

const reader = (options: DocumentReaderOptions = {}): DocumentReader => {
  const made = createDocumentReader({ parserModule, ...options })
  readers.push(made)
  return made
}

after(() => Promise.all(readers.map((each) => each.close())))

const pidOf = async (from: DocumentReader): Promise<number> => {
  const block = (await from.read(bytes, 'pid')).blocks[0]
  return Number(block !== undefined && 'text' in block ? block.text : Number.NaN)
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    return false
  }
}

const eventually = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (condition()) return
    await wait(50)
  }
  assert.fail('The condition never came true.')
}

test('reads in a child process that stays for the next document', async () => {
  const from = createDocumentReader()
  readers.push(from)
  const document = await from.read(new TextEncoder().encode('# Title\n\nWords.'), 'note.md')
  assert.deepEqual(document, {
    parser: 'markdown',
    mediaType: 'text/markdown',
    properties: { title: 'Title' },
    blocks: [
      { kind: 'heading', level: 1, text: 'Title' },
      { kind: 'text', text: 'Words.' },
    ],
    warnings: [],
  })
  const one = reader()
  const pid = await pidOf(one)
  assert.notEqual(pid, process.pid)
  assert.equal(await pidOf(one), pid)
})

test('an endless loop is killed when its time is over, and the next document gets a fresh process', async () => {
  const from = reader({ timeoutMs: 1_000 })
  await assert.rejects(from.read(bytes, 'hang'), { code: 'document_too_complex' }, 'as the first document')
  const pid = await pidOf(from)
  await assert.rejects(from.read(bytes, 'hang'), { code: 'document_too_complex', message: /longer than 1 seconds/ })
  await eventually(() => !isAlive(pid))
  assert.notEqual(await pidOf(from), pid)
})

test('memory is bounded, on the heap and outside of it, also in a loop that never yields', async () => {
  const from = reader({ heapMb: 64, memoryMb: 400 })
  await assert.rejects(from.read(bytes, 'heap'), { code: 'document_too_complex' })
  await assert.rejects(from.read(bytes, 'buffers'), { code: 'document_too_complex', message: /400 MiB/ })
  assert.equal((await from.read(bytes, 'fine')).blocks.length, 1)
})

test('a crash, an exit and a bug cost their own document only', async () => {
  const from = reader()
  for (const [name, code] of [
    ['abort', 'document_corrupt'],
    ['exit', 'document_corrupt'],
    ['throw', 'document_corrupt'],
    ['recursion', 'document_too_complex'],
  ] as const) {
    await assert.rejects(from.read(bytes, name), { name: 'AppError', code })
    assert.equal((await from.read(bytes, 'fine')).blocks.length, 1)
  }
})

test('output is bounded', async () => {
  await assert.rejects(reader({ limits: { characters: 1_000_000 } }).read(bytes, 'endless'), {
    code: 'document_too_complex',
    message: /1,000,000 characters/,
  })
})

test('a parser has no network, no files but the program, and nothing of the environment', async () => {
  const from = reader()
  const texts = async (name: string): Promise<string[]> =>
    (await from.read(bytes, name)).blocks.slice(0, -1).map((block) => ('text' in block ? block.text : ''))
  assert.deepEqual(await texts('network'), ['Parsers have no network.', 'Parsers have no network.'])
  assert.deepEqual(await texts('thread'), ['Parsers have no network.'])
  assert.match((await texts('files'))[0] ?? '', /restricted|access/i)
  assert.doesNotMatch((await texts('environment'))[0] ?? '', /PATH|HOME/)
})

test('an abort ends running and waiting documents at once', async () => {
  const from = reader({ processes: 1 })
  const pid = await pidOf(from)
  const running = new AbortController()
  const waiting = new AbortController()
  const first = from.read(bytes, 'wait', { signal: running.signal })
  const second = from.read(bytes, 'fine', { signal: waiting.signal })
  const third = from.read(bytes, 'fine')
  waiting.abort(new Error('enough'))
  await assert.rejects(second, { message: 'enough' })
  running.abort(new Error('stop'))
  await assert.rejects(first, { message: 'stop' })
  assert.equal((await third).blocks.length, 1)
  await eventually(() => !isAlive(pid))
})

test('several documents are read at once, and more wait for their turn', async () => {
  const from = reader({ processes: 2 })
  const pids = await Promise.all([pidOf(from), pidOf(from), pidOf(from), pidOf(from)])
  assert.equal(new Set(pids).size, 2)
})

test('an idle process ends, and closing ends all', async () => {
  const from = reader({ idleMs: 100 })
  const pid = await pidOf(from)
  await eventually(() => !isAlive(pid))
  const other = reader()
  const running = other.read(bytes, 'wait')
  const refused = assert.rejects(running, { code: 'not_ready' })
  await other.close()
  await refused
  await assert.rejects(other.read(bytes, 'fine'), { code: 'not_ready' })
})

test('a process ends with its parent, even in an endless loop, and does not keep an idle parent alive', async () => {
  const script = `
    import { createDocumentReader } from ${JSON.stringify(new URL('./reader.ts', import.meta.url).href)}
    const reader = createDocumentReader({ parserModule: ${JSON.stringify(parserModule)} })
    const { blocks } = await reader.read(new Uint8Array([65]), 'pid')
    console.log(blocks[0].text)
    if (process.argv[1] === 'hang') {
      const hanging = reader.read(new Uint8Array([65]), 'hang')
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300)
      await hanging
    }`
  for (const mode of ['hang', 'idle']) {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, mode], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    parent.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await new Promise((resolve) => parent.once('exit', resolve))
    const pid = Number(output)
    assert.ok(pid > 0, output)
    await eventually(() => !isAlive(pid))
  }
})
