import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { analyze, analyzeIn, stem, STOP_WORDS } from './analyzer.ts'
import { LANGUAGES, languageOf } from './languages.ts'

const terms = (text: string): string => analyze(text).join(' ')

test('words are folded, stemmed, and stop words left out', () => {
  assert.equal(terms('The Studies of CELLULAR respiration'), 'studi cellular respir')
  assert.equal(terms('STRASSE Straße ＦＵＬＬ ﬁne Σίσυφος ΣΊΣΥΦΟΣ'), 'strass strass full fine σίσυφοσ σίσυφοσ')
})

test('identifiers are kept whole and in parts', () => {
  assert.equal(terms('GPT-4o'), 'gpt-4o gpt 4o')
  assert.equal(terms('GPT‑4o'), 'gpt-4o gpt 4o')
  assert.equal(terms('ISO-27001, ISO 27001'), 'iso-27001 iso 27001 iso 27001')
  assert.equal(terms('call snake_case(__init__)'), 'call snake_case snake case init')
  assert.equal(terms('version 2.14.1 of 2024-01-05.'), 'version 2.14.1 2 14 1 2024-01-05 2024 01 05')
  assert.equal(terms('well-known and/or state-of-the-art'), 'well known state art')
})

test('acronyms with dots are one term, with or without them', () => {
  assert.equal(terms('the U.S.A. and NASA'), terms('the USA and N.A.S.A.'))
  assert.deepEqual(analyze('U.S.A.', 'de'), analyze('USA', 'de'))
})

test('possessives and contractions leave no letters behind', () => {
  assert.equal(terms("Newton's law, Newton’s apple, o'clock"), 'newton law newton appl o clock')
})

test('invisible characters do not split words', () => {
  assert.equal(terms('co\u00adoperation'), terms('cooperation'))
})

test('scripts without spaces: characters and pairs, or words of a dictionary', () => {
  assert.equal(terms('北京大学'), '北 北京 京 京大 大 大学 学')
  assert.equal(terms('在北京'), '在北 北 北京 京')
  assert.equal(terms('猫'), '猫')
  assert.equal(terms('GPT模型v2'), 'gpt 模 模型 型 v2')
  assert.deepEqual(analyze('ภาษาไทย'), ['ภาษา', 'ไทย'])
})

test('marks stay with their letter, Arabic is levelled and lightly stemmed', () => {
  assert.equal(terms('हिन्दी भाषा'), 'हिन्दी भाषा')
  assert.equal(terms('الكِتَابُ'), terms('كتاب'))
  assert.equal(terms('والمدرسة'), terms('مدرسة'))
})

test('a language stems its words, and its stems are no other language’s', () => {
  assert.equal(
    analyze('Häuser und Verträge 2024 GPT-4o', 'de').join(' '),
    'de:haus de:und de:vertrag 2024 gpt-4o de:gpt 4o',
  )
  assert.deepEqual(analyzeIn('the Häuser', ['en', 'de']), [['häuser', 'de:haus']])
  assert.deepEqual(analyzeIn('cells', []), [['cell']])
  assert.deepEqual(analyze('الكتاب', 'ar'), ['ar:كتاب'])
})

test('each language has a stemmer and stop words, and makes as many terms of a text as the others', () => {
  const text = 'Haus-Nr. 12b, casas, дома, σπίτια, بيوت, मकान, வீடு, տուն, 北京, U.S.A.'
  const expected = analyze(text).length
  for (const language of LANGUAGES) assert.equal(analyze(text, language).length, expected, language)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom(...LANGUAGES), (any, language) => {
      const terms = analyze(any, language)
      assert.equal(terms.length, analyze(any).length)
      assert.ok(terms.every((term) => term !== ''))
    }),
  )
})

test('the language of a text is told by its small words', () => {
  assert.equal(languageOf('The cell is the smallest unit of life, and it is in all of them.'), 'en')
  assert.equal(languageOf('Die Zelle ist die kleinste Einheit des Lebens und nicht in jedem gleich.'), 'de')
  assert.equal(languageOf('La cellule est la plus petite unité de la vie et elle est dans tous les êtres.'), 'fr')
  assert.equal(languageOf('Клетка — это самая маленькая единица жизни, и она есть во всех, как и было.'), 'ru')
  assert.equal(languageOf('İnsanlar bunun için çok çalıştı ve daha sonra her şey gibi bu da değişti.'), 'tr')
  for (const text of ['', '42', 'GPT-4o', '北京大学', 'Lorem ipsum']) assert.equal(languageOf(text), 'en')
})

test('letters outside the basic plane count, symbols do not', () => {
  assert.equal(terms('😀hello𐐀 → 𠀀'), 'hello𐐨 𠀀')
})

test('a term is at most 64 code units long', () => {
  for (const text of ['x'.repeat(500), `${'a1-'.repeat(100)}b`, 'ก'.repeat(300)]) {
    for (const term of analyze(text)) assert.ok(term.length <= 64, term)
  }
})

test('one plain word gives its stem', () => {
  assert.equal(stem('Running'), 'run')
  assert.ok(STOP_WORDS.has('the'))
  const word = fc.stringMatching(/^[a-zA-Z]{2,12}$/).filter((text) => !STOP_WORDS.has(text.toLowerCase()))
  fc.assert(fc.property(word, (text) => assert.deepEqual(analyze(text), [stem(text)])))
})

test('any text: no empty term, the same again, and case does not matter for ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const once = analyze(text)
      assert.ok(once.every((term) => term !== ''))
      assert.deepEqual(analyze(text), once)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      assert.deepEqual(analyze(text.toUpperCase()), analyze(text.toLowerCase()))
    }),
  )
})

test('a text is the sum of its parts at white space', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((part) => part === part.normalize('NFKC'))
  fc.assert(fc.property(text, text, (a, b) => assert.deepEqual(analyze(`${a}\n${b}`), [...analyze(a), ...analyze(b)])))
})
