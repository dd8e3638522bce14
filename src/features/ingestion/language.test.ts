import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectLanguage } from './language.ts'

test('tells languages apart', () => {
  const texts = {
    en: 'The knock-out of TRIF delayed the onset of hyperglycaemia in mice, while IL-1\u03b2 levels were unchanged.',
    de: 'Die Verordnung gilt für alle Betriebe, die mehr als zehn Personen beschäftigen, und tritt im Mai in Kraft.',
    es: 'La ciudad fue fundada por los romanos y conserva todavía gran parte de su muralla antigua.',
    zh: '这座城市由罗马人建立，至今仍保留着大部分古城墙。',
    ja: 'この町はローマ人によって建てられ、古い城壁が今も残っています。',
    ar: 'أسس الرومان المدينة ولا تزال تحتفظ بجزء كبير من أسوارها القديمة حتى اليوم.',
  }
  for (const [language, text] of Object.entries(texts)) assert.equal(detectLanguage(text), language)
})

test('says nothing of what is too short or holds no words', () => {
  for (const text of ['', 'Hello', '12 34 56 '.repeat(100), '-- \u{1f600} --']) assert.equal(detectLanguage(text), null)
})

test('a foreign beginning does not decide for the whole', () => {
  const german = 'Dies ist ein längerer deutscher Text über die Geschichte der Stadt und ihrer Bewohner. '.repeat(100)
  assert.equal(detectLanguage(`This short foreword was written in English. ${german}`), 'de')
})
