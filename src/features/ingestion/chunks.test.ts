import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { create } from '../../adapters/embedders/local-onnx/token-counter.ts'
import type { Block, ChunkDraft } from '../../core/documents.ts'
import { passageText } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import { canonicalText } from '../../core/canonical-text.ts'
import { assemble, blocksOfText } from './canonical.ts'
import { chunk } from './chunks.ts'
import { NAUGHTY } from './naughty.fixture.ts'

/** Words and single marks: additive between words, as the models' tokenizers are. */
const countWords = (text: string): number => text.match(/[\p{L}\p{N}]{1,8}|[^\s\p{L}\p{N}]/gu)?.length ?? 0

const SENTENCE = 'One two three four five six seven eight nine ten. '
const paragraph = (sentences: number): string => SENTENCE.repeat(sentences).trim()

function chunksOf(
  parsed: readonly Block[],
  { title = '', maxTokens = 100, countTokens = countWords, softTarget = 60 } = {},
): ChunkDraft[] {
  const { content, blocks } = assemble(parsed)
  const chunks = chunk({ title, content, blocks, countTokens, maxTokens, softTarget })
  check(content, chunks, { title, maxTokens, countTokens })
  return chunks
}

/** What holds for every document. */
function check(
  content: string,
  chunks: readonly ChunkDraft[],
  { title, maxTokens, countTokens }: { title: string; maxTokens: number; countTokens: (text: string) => number },
): void {
  let at = 0
  chunks.forEach(({ ordinal, start, end, text, tokens, context }, index) => {
    assert.equal(ordinal, index)
    assert.equal(text, content.slice(start, end))
    assert.equal(text, text.trim())
    assert.notEqual(text, '')
    assert.ok(text.isWellFormed())
    assert.equal(content.slice(at, start).trim(), '', 'text between two chunks')
    assert.ok(tokens <= maxTokens, `${tokens} tokens`)
    if (countTokens(title) <= maxTokens / 2) assert.ok(countTokens(passageText(title, context, text)) <= maxTokens)
    at = end
  })
  assert.equal(content.slice(at).trim(), '', 'text after the last chunk')
}

const heading = (level: number, text: string, page?: number): Block => ({
  kind: 'heading',
  level,
  text,
  ...(page === undefined ? {} : { page }),
})
const text = (value: string, page?: number): Block => ({
  kind: 'text',
  text: value,
  ...(page === undefined ? {} : { page }),
})

describe('chunks', () => {
  test('a document that fits the window is one, whatever its structure', () => {
    const chunks = chunksOf([heading(1, 'A'), text(paragraph(3), 1), heading(1, 'B'), text(paragraph(3), 2)])
    assert.equal(chunks.length, 1)
    assert.deepEqual(chunks[0]?.headings, ['A'])
    assert.equal(chunks[0]?.context, '')
  })

  test('a top heading begins one, and a chunk is read under the headings above it', () => {
    const chunks = chunksOf([
      heading(1, 'Book', 1),
      heading(2, 'First', 1),
      text(paragraph(1), 1),
      heading(3, 'Detail', 2),
      text(paragraph(5), 2),
      heading(2, 'Second', 3),
      text(paragraph(5), 3),
    ])
    assert.deepEqual(
      chunks.map(({ headings, context, page }) => [headings, context, page]),
      [
        [['Book', 'First'], '', 1],
        [['Book', 'First', 'Detail'], 'Book > First', 2],
        [['Book', 'Second'], 'Book', 3],
      ],
    )
    assert.match(chunks[2]?.text ?? '', /^Second\n\nOne two/)
  })

  test('paragraphs are put together up to the target, and a tiny one goes with its neighbour', () => {
    const chunks = chunksOf([2, 3, 3, 2, 6, 1].map((sentences) => text(paragraph(sentences))))
    assert.deepEqual(
      chunks.map((each) => each.text.split('\n\n').map((part) => countWords(part) / 11)),
      [
        [2, 3],
        [3, 2],
        [6, 1],
      ],
    )
  })

  test('a paragraph that fits the window is never cut', () => {
    const chunks = chunksOf([text(paragraph(9)), text(paragraph(9))])
    assert.deepEqual(
      chunks.map(({ tokens }) => tokens),
      [99, 99],
    )
  })

  test('a longer one is cut into even parts between sentences', () => {
    const chunks = chunksOf([text(paragraph(16))])
    assert.deepEqual(
      chunks.map(({ tokens }) => tokens / 11),
      [5, 6, 5],
    )
    for (const each of chunks) assert.match(each.text, /^One .* ten\.$/s)
  })

  test('a sentence without end is cut between words, a word without end between code points', () => {
    for (const each of chunksOf([text('word '.repeat(400))])) assert.match(each.text, /^word( word)*$/)
    const emoji = chunksOf([text('\u{1f600}'.repeat(1_000))])
    assert.ok(emoji.length >= 10)
  })

  test('rows of a table stay whole and are read under its header', () => {
    const rows = Array.from({ length: 30 }, (_, at) => [`row${at}`, 'some value here', 'x'])
    const chunks = chunksOf([
      heading(1, 'Numbers'),
      { kind: 'table', headerRows: 1, rows: [['name', 'what', 'mark'], ...rows] },
      text('After the table.'),
    ])
    assert.ok(chunks.length > 3)
    assert.equal(chunks[0]?.context, '')
    for (const each of chunks.slice(1, -1)) {
      assert.equal(each.context, 'Numbers\nname | what | mark')
      assert.match(each.text, /^(row\d+ \| some value here \| x(\n|$))+$/)
    }
    assert.deepEqual([chunks.at(-1)?.text, chunks.at(-1)?.context], ['After the table.', 'Numbers'])
  })

  test('code is cut between lines', () => {
    const chunks = chunksOf([{ kind: 'code', text: 'call(one, two, three);\n'.repeat(40) }])
    assert.ok(chunks.length > 3)
    for (const each of chunks) assert.match(each.text, /^(call\(one, two, three\);(\n|$))+$/)
  })

  test('title and headings that are far too long leave room for the text', () => {
    const title = 'title '.repeat(500)
    const chunks = chunksOf([heading(1, 'head '.repeat(500)), heading(2, 'sub '.repeat(60)), text(paragraph(30))], {
      title,
    })
    assert.ok(chunks.length > 3)
    assert.ok(chunks.some(({ text: each }) => countWords(each) >= 30))
  })

  test('text that no block covers, and blocks that lie over one another, are each read once', () => {
    const content = `before ${paragraph(12)} after`
    const blocks = [
      { kind: 'text' as const, start: 60, end: 300 },
      { kind: 'text' as const, start: 20, end: 100 },
    ]
    const chunks = chunk({ title: '', content, blocks, countTokens: countWords, maxTokens: 100, softTarget: 60 })
    check(content, chunks, { title: '', maxTokens: 100, countTokens: countWords })
  })

  test('more than the limit is refused', () => {
    const content = paragraph(100)
    const options = { title: '', content, blocks: blocksOfText(content), countTokens: countWords, maxTokens: 100 }
    assert.throws(
      () => chunk({ ...options, maxChunks: 5 }),
      (error: unknown) => error instanceof AppError && error.code === 'document_too_complex',
    )
    assert.equal(chunk({ title: '', content: ' \n', blocks: [], countTokens: countWords, maxTokens: 100 }).length, 0)
  })

  test('any document: every character once, and nothing beyond the window', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...NAUGHTY),
      fc.integer({ min: 1, max: 40 }).map((sentences) => paragraph(sentences)),
      fc.integer({ min: 1, max: 500 }).map((length) => '\u6f22\u{20000}'.repeat(length)),
    )
    const block: fc.Arbitrary<Block> = fc.oneof(
      anyText.map((value): Block => ({ kind: 'text', text: value })),
      anyText.map((value): Block => ({ kind: 'code', text: value })),
      fc.tuple(anyText, fc.integer({ min: 1, max: 6 })).map(([value, level]) => heading(level, value)),
      fc
        .tuple(fc.array(fc.array(anyText, { maxLength: 3 }), { maxLength: 8 }), fc.integer({ min: 0, max: 2 }))
        .map(([rows, headerRows]): Block => ({ kind: 'table', rows, headerRows })),
    )
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 8 }),
        fc.constantFrom('', 'A title', 'long '.repeat(90)),
        (parsed, title) => {
          chunksOf(parsed, { title })
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('with the tokens of a model', () => {
  const directory = fileURLToPath(new URL('../../../models/bge-small-en-v1.5', import.meta.url))

  test('every passage fits the window, also of texts that the tokenizer reads strangely', async () => {
    const countTokens = await create({ directory })
    for (const naughty of [
      ...NAUGHTY.map((each) => `${each} `.repeat(80)),
      ...NAUGHTY.map((each) => each.repeat(400)),
    ]) {
      const content = canonicalText(naughty)
      const title = 'A title of ordinary length'
      const chunks = chunk({ title, content, blocks: blocksOfText(content), countTokens, maxTokens: 504 })
      check(content, chunks, { title, maxTokens: 504, countTokens })
    }
  })
})
