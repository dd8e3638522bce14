import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Block } from '../../core/documents.ts'
import { canonicalText } from '../../core/canonical-text.ts'
import { assemble, blocksOfText, headingText } from './canonical.ts'
import { NAUGHTY } from './naughty.fixture.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...NAUGHTY, '\r', '\n', '\0', '\uFEFF', '\ud83d', '\ude00', ' | ', '# ', '```', 'a'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
)

describe('canonical text', () => {
  test('takes out NUL and the byte order mark, mends halves of characters and line ends, and nothing else', () => {
    assert.equal(canonicalText('\uFEFFa\0b\r\nc\rd\ud800e'), 'ab\nc\nd\ufffde')
    assert.equal(canonicalText('  e\u0301 \u00a0\u200b\uFEFFﬁ\t\n '), '  e\u0301 \u00a0\u200b\uFEFFﬁ\t\n ')
  })

  test('what NUL kept apart comes together before it is looked at', () => {
    assert.equal(canonicalText('\ud83d\0\ude00'), '\u{1f600}')
    assert.equal(canonicalText('a\r\0\nb'), 'a\nb')
    assert.equal(canonicalText('\0\uFEFFa'), 'a')
  })

  test('applied again it changes nothing, and it is well-formed', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const once = canonicalText(raw)
        assert.equal(canonicalText(once), once)
        assert.ok(once.isWellFormed())
        assert.doesNotMatch(once, /[\0\r]|^\uFEFF/)
      }),
    )
  })
})

describe('assemble', () => {
  test('puts a blank line between blocks and drops those without text', () => {
    const { content, blocks } = assemble([
      { kind: 'heading', level: 2, text: ' Title\r\n', page: 1 },
      { kind: 'text', text: ' \n\0' },
      { kind: 'code', text: '\n  if (x)\n    y\n', page: 2, box: [1, 2, 3, 4] },
      {
        kind: 'table',
        headerRows: 1,
        rows: [
          ['a', 'b\nc'],
          ['', ' '],
          ['1', ''],
        ],
      },
    ])
    assert.equal(content, 'Title\n\n  if (x)\n    y\n\na | b c\n1 |')
    assert.deepEqual(blocks, [
      { kind: 'heading', start: 0, end: 5, level: 2, page: 1 },
      { kind: 'code', start: 7, end: 21, page: 2, box: [1, 2, 3, 4] },
      { kind: 'table', start: 23, end: 34, headerRows: 1 },
    ])
  })

  test('an empty header row does not count as one', () => {
    const { blocks } = assemble([
      {
        kind: 'table',
        headerRows: 2,
        rows: [
          ['', ''],
          ['a', 'b'],
          ['1', '2'],
        ],
      },
    ])
    assert.equal(blocks[0]?.headerRows, 1)
  })

  test('code whose empty first lines are left out does not begin with a byte order mark', () => {
    assert.equal(assemble([{ kind: 'code', text: '\r\ufeff\u200bx' }]).content, '\u200bx')
  })

  test('each block is at its place, whatever the texts hold', () => {
    const block: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ kind: fc.constant('text' as const), text: anyText }),
      fc.record({ kind: fc.constant('code' as const), text: anyText }),
      fc.record({ kind: fc.constant('heading' as const), text: anyText, level: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant('table' as const),
        rows: fc.array(fc.array(anyText, { maxLength: 3 }), { maxLength: 3 }),
        headerRows: fc.integer({ min: 0, max: 2 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (parsed) => {
        const { content, blocks } = assemble(parsed)
        assert.equal(canonicalText(content), content)
        assert.equal(content, blocks.map(({ start, end }) => content.slice(start, end)).join('\n\n'))
        for (const { start, end, kind } of blocks) {
          const text = content.slice(start, end)
          assert.notEqual(text.trim(), '')
          if (kind === 'text' || kind === 'heading') assert.equal(text.trim(), text)
        }
      }),
    )
  })
})

describe('blocks of a plain text', () => {
  const read = (content: string): [string, string][] =>
    blocksOfText(content).map(({ kind, start, end, level }) => [
      kind === 'heading' ? `h${level}` : kind,
      content.slice(start, end),
    ])

  test('are its paragraphs, headings and fenced code', () => {
    const content =
      '\nTitle\n=====\nText one\nstill one.\n \nText two.\n## Sub #\n```sh\n# a comment\n\nls\n```\nText three.\n\n- a\n---\nx'
    assert.deepEqual(read(content), [
      ['h1', 'Title\n====='],
      ['text', 'Text one\nstill one.'],
      ['text', 'Text two.'],
      ['h2', '## Sub #'],
      ['code', '```sh\n# a comment\n\nls\n```'],
      ['text', 'Text three.'],
      ['h2', '- a\n---'],
      ['text', 'x'],
    ])
    const headings = blocksOfText(content).filter(({ kind }) => kind === 'heading')
    assert.deepEqual(
      headings.map((block) => headingText(content, block)),
      ['Title', 'Sub', '- a'],
    )
  })

  test('a fence that is never closed, a hash without a space and a rule are text', () => {
    assert.deepEqual(read('```\nnot code'), [['text', '```\nnot code']])
    assert.deepEqual(read('#tag\n\n---\n'), [
      ['text', '#tag'],
      ['text', '---'],
    ])
  })

  test('hold every character that is not white space, in order, and change none', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (parts) => {
        const content = canonicalText(parts.join('\n'))
        let at = 0
        for (const { start, end } of blocksOfText(content)) {
          assert.equal(content.slice(at, start).trim(), '')
          assert.notEqual(content.slice(start, end).trim(), '')
          at = end
        }
        assert.equal(content.slice(at).trim(), '')
      }),
    )
  })
})
