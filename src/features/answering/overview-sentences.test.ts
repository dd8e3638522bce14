import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centralSentences } from './central-sentences.ts'
import { textSentence } from './overview-sentences.ts'

const piece = (text: string) => ({ text, start: 0, end: text.length, leadsOn: false, tableRow: false })

test('sentences of all scripts and their quotes and notes can be shown', async () => {
  for (const text of [
    '„Der Turm wird um siebzig Meter von der Klippe weg gezogen.“',
    'The lighthouse was moved seventy metres away from the river.¹',
    'The lighthouse was moved seventy metres away from the river.[12]',
    'یہ مینار ساحل سے ستر میٹر دور لے جایا گیا ہے۔',
    'هل نقلت المنارة سبعين مترا بعيدا عن حافة الجرف؟',
    '这座灯塔在星期二被工人们移动到离悬崖七十米的地方。',
    'この灯台は崖から七十メートル内陸に移された。',
  ]) {
    const sentence = textSentence(piece(text))
    assert.equal(sentence.isQuotable, true, text)
    const { chosen } = await centralSentences('', [sentence], async (work) => work())
    assert.equal(chosen.length, 1, text)
  }
})

test('what is no sentence cannot', async () => {
  for (const text of ['The lighthouse and its keepers', '目录', '是的。', 'in which it stood.']) {
    const sentence = textSentence(piece(text))
    const { chosen } = await centralSentences('', [sentence], async (work) => work())
    assert.equal(chosen.length, 0, text)
  }
})
