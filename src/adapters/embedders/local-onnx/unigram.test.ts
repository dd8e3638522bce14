import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as library from '@huggingface/tokenizers'
import { loadTokenizer } from './tokenizer.ts'
import { unigramModel } from './unigram.ts'

const VOCABULARY: [string, number][] = [
  ['<unk>', 0],
  ['\u2581', -2],
  ['a', -3],
  ['b', -3],
  ['ab', -4],
  ['\u2581a', -4],
  ['abab', -9],
]
const config = { type: 'Unigram', unk_id: 0, vocab: VOCABULARY }

describe('unigram', () => {
  test('takes the pieces that are likeliest together', () => {
    const model = unigramModel(config)
    assert.deepEqual(model?.(['\u2581abab']), ['\u2581', 'ab', 'ab'])
    assert.deepEqual(model?.(['\u2581aa\u2581b']), ['\u2581a', 'a', '\u2581', 'b'])
  })

  test('unknown characters in a row are one piece, and no pair of surrogates is cut', () => {
    const model = unigramModel(config)
    assert.deepEqual(model?.(['\u2581xy\u{1f600}ab?', '']), ['\u2581', 'xy\u{1f600}', 'ab', '?'])
    assert.equal(model?.tokens_to_ids.get('ab'), 4)
    assert.equal(model?.unk_token_id, 0)
  })

  test('leaves other kinds of vocabulary alone', () => {
    assert.equal(unigramModel({ type: 'WordPiece', vocab: {} }), undefined)
    assert.equal(unigramModel({ ...config, byte_fallback: true }), undefined)
    assert.equal(unigramModel({ ...config, vocab: [...VOCABULARY, ['a\u2581b', -5]] }), undefined)
  })

  test('gives the ids that the package gives with its own model', async () => {
    const directory = fileURLToPath(new URL('../../../../models/multilingual-e5-small', import.meta.url))
    const json = (file: string): unknown => JSON.parse(readFileSync(`${directory}/${file}`, 'utf8'))
    const { Tokenizer } = library as unknown as {
      Tokenizer: new (definition: unknown, config: unknown) => { encode(text: string): { ids: number[] } }
    }
    const theirs = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'))
    const ours = await loadTokenizer(directory)
    const texts = [
      '',
      ' ',
      'A plain sentence,  with two spaces; and numbers: 3.14 or 1,000.',
      'Donaudampfschifffahrtsgesellschaftskapitän – „so ein Wort“',
      'El 6 de octubre, ¿quién llegó?',
      '这座城市由罗马人建立，至今仍保留着大部分古城墙。',
      'أسس الرومان المدينة',
      'นี่คือประโยคภาษาไทย',
      'e\u0301 ﷺ ½ ﬁ \u2581\u2581 \u200b\ufeff tab\tnew\nline',
      '\u{1f600}\u{1f468}\u200d\u{1f469} \u{10ffff}\u{20000}\ue000\ue001 \ufffd',
      'text <mask> </s><s> <unk> [SEP]',
      'a'.repeat(300),
      'x '.repeat(50),
    ]
    for (const text of texts) assert.deepEqual(ours.encode(text), theirs.encode(text).ids, JSON.stringify(text))
  })
})
