import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import type { ThreadModule } from '../../core/ports/surroundings.ts'
import { createPreparer } from './prepare.ts'

const counter = (body: string): ThreadModule => ({
  href: `data:text/javascript,${encodeURIComponent(body)}`,
  options: { word: 'boom' },
})
/** Counts words; "boom" fills the heap, "hang" never ends. */
const WORDS = counter(`export const create = async ({ word }) => (text) => {
  if (text.includes(word)) for (const all = []; ; ) all.push(new Array(1e5).fill(all.length))
  if (text.includes('hang')) for (;;);
  return text.split(/\\s+/).filter(Boolean).length
}`)

const refusal = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError)
  assert.equal(error.code, code)
  assert.match(error.message, pattern)
  return true
}
const text = 'The first words of a text in English, which is long enough to tell.'

describe('preparer', () => {
  test('makes canonical text, blocks, passages and language of blocks and of a plain text', async () => {
    const preparer = createPreparer({ tokenCounter: WORDS, maxTokens: 108 })
    const plain = await preparer.prepare({ title: 'T', content: `\uFEFF# Head\r\n\r\n${text} ` })
    assert.equal(plain.content, `# Head\n\n${text} `)
    assert.deepEqual(
      plain.blocks.map(({ kind }) => kind),
      ['heading', 'text'],
    )
    assert.equal(plain.language, 'en')
    assert.deepEqual(
      plain.chunks.map(({ start, end, headings, tokens }) => [start, end, headings, tokens]),
      [[0, 8 + text.length, ['Head'], 17]],
    )
    const parsed = await preparer.prepare({
      title: '',
      blocks: [{ kind: 'text', text: `${text} `.repeat(20), page: 3 }],
    })
    assert.ok(parsed.chunks.length > 1)
    // The window less what special tokens and a prefix take.
    for (const { tokens, page } of parsed.chunks) assert.deepEqual([tokens <= 100, page], [true, 3])
    assert.deepEqual((await preparer.prepare({ title: 'T', content: '\0' })).chunks, [])
    await preparer.close()
  })

  test('a document that breaks the thread is refused, and the next is read in a new one', async () => {
    const preparer = createPreparer({ tokenCounter: WORDS, maxTokens: 512, memoryMb: 64, timeoutMs: 3_000 })
    const outcomes = await Promise.allSettled(
      ['boom', text, 'hang', text].map((content) => preparer.prepare({ title: '', content })),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    refusal('document_too_complex', /limits of memory/)(reasons[0])
    refusal('document_too_complex', /too long/)(reasons[1])
    await preparer.close()
  })

  test('too many passages are refused', async () => {
    const preparer = createPreparer({ tokenCounter: WORDS, maxTokens: 108, maxChunks: 3 })
    await assert.rejects(
      preparer.prepare({ title: '', content: `${text} `.repeat(100) }),
      refusal('document_too_complex', /more than 3 passages/),
    )
    await preparer.close()
  })

  test('a token counter that cannot be loaded says so', async () => {
    for (const body of [
      `throw new Error('no such thing')`,
      `export const create = () => { throw new Error('no such thing') }`,
    ]) {
      const preparer = createPreparer({ tokenCounter: counter(body), maxTokens: 512 })
      await assert.rejects(preparer.prepare({ title: '', content: text }), refusal('not_ready', /no such thing/))
      await preparer.close()
    }
  })

  test('an aborted call is rejected at once, waiting or running', async () => {
    const preparer = createPreparer({ tokenCounter: WORDS, maxTokens: 512 })
    const [running, waiting] = [new AbortController(), new AbortController()]
    const calls = [running, waiting].map(({ signal }) => preparer.prepare({ title: '', content: 'hang' }, { signal }))
    const fine = preparer.prepare({ title: '', content: text })
    waiting.abort(new Error('second'))
    running.abort(new Error('first'))
    const outcomes = await Promise.allSettled(calls)
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : '')),
      ['Error: first', 'Error: second'],
    )
    assert.equal((await fine).chunks.length, 1)
    await assert.rejects(preparer.prepare({ title: '', content: text }, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
    await preparer.close()
  })

  test('its thread ends when it is idle and starts again; after close nothing is read', async () => {
    const preparer = createPreparer({ tokenCounter: WORDS, maxTokens: 512, idleMs: 10 })
    await preparer.prepare({ title: '', content: text })
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal((await preparer.prepare({ title: '', content: text })).chunks.length, 1)
    const pending = assert.rejects(
      preparer.prepare({ title: '', content: 'hang' }),
      refusal('not_ready', /shutting down/),
    )
    await preparer.close()
    await pending
    await assert.rejects(preparer.prepare({ title: '', content: text }), refusal('not_ready', /shutting down/))
  })
})
