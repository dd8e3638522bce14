import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { asksForOverview } from './overview-request.ts'

const PAGE = 'https://site.example.com/news/42'

describe('what a text says as a whole is asked for', () => {
  for (const question of [
    PAGE,
    `Summarise ${PAGE}`,
    `Please summarize the article at ${PAGE} in three sentences.`,
    `What does ${PAGE} say?`,
    `what's ${PAGE} about?`,
    `TL;DR ${PAGE}`,
    `Can you sum up ${PAGE} for me?`,
    `Give me a short summary of ${PAGE} in German`,
    `Fasse ${PAGE} zusammen.`,
    `Was steht auf ${PAGE}?`,
    `Worum geht es in ${PAGE}?`,
    `Bitte eine kurze Zusammenfassung von ${PAGE}`,
    `Resume ${PAGE}`,
    `¿Qué dice ${PAGE}?`,
    `¿De qué trata ${PAGE}?`,
    `Résume ${PAGE}`,
    `Que dit ${PAGE} ?`,
    `De quoi parle cet article : ${PAGE} ?`,
    `Riassumi ${PAGE}`,
    `Cosa dice ${PAGE}?`,
    `Di cosa parla ${PAGE}?`,
    `Resuma a página ${PAGE}`,
    `O que diz ${PAGE}?`,
    `Vat ${PAGE} samen`,
    `Waar gaat ${PAGE} over?`,
    `Podsumuj ${PAGE}`,
    `O czym jest ${PAGE}?`,
    `Кратко изложи ${PAGE}`,
    `О чём говорится в статье ${PAGE}?`,
    `لخص ${PAGE}`,
    `ماذا تقول هذه الصفحة ${PAGE}؟`,
    `请总结一下 ${PAGE} 这篇文章`,
    `总结${PAGE}`,
    `${PAGE} 这个网页讲了什么？`,
    `${PAGE} を要約してください`,
    `このページをまとめてください： ${PAGE}`,
    `${PAGE} には何が書いてありますか`,
    'Summarise this document.',
    'What is this document about?',
    'Fasse das Dokument zusammen',
    'Résume ce document',
    'Resume este documento',
    '总结这份文件',
    'この文書を要約してください',
    'Summarise this document in 3 short sentences.',
    `Summarise ${PAGE} in 200 words in German.`,
    'Fasse das Dokument in 5 Sätzen auf Englisch zusammen.',
    'Résume ce document en anglais',
    `Write a summary about this page: ${PAGE}`,
    `¿Sobre qué trata ${PAGE}?`,
    'What does it say on this page?',
    'O que diz o documento?',
    'Waar gaat het document over?',
    'О чём говорит документ?',
    'What is the document about, in two sentences?',
  ])
    test(question, () => assert.equal(asksForOverview(question), true))
})

describe('something of it is asked for', () => {
  for (const question of [
    `When was the bridge opened? ${PAGE}`,
    `What does ${PAGE} say about ferries?`,
    `Summarise the second chapter of ${PAGE}`,
    `Who wrote ${PAGE}?`,
    `Was sagt ${PAGE} über Fähren?`,
    `¿Qué dice ${PAGE} sobre el puente?`,
    `总结 ${PAGE} 里关于桥梁的部分`,
    `${PAGE} の橋について要約してください`,
    'What does article 5 say?',
    'What does article five say?',
    'Was steht in Artikel 12?',
    '¿qué dice el artículo 14?',
    'Summarise paragraph 3',
    'What does page 12 of the report say?',
    'What does the report say about Russian?',
    'What does the report say about states?',
    'What does the report say about deals?',
    'What states are in the report?',
    'What does the document say about it?',
    'Wat zegt het document over dit?',
    'What does the page say about reports?',
    'What does Russian say in the report?',
    'What is in the Russian report?',
    'What does the page say about us?',
    'What does the report say on deals?',
    'Summarise the French Revolution.',
    'What is photosynthesis?',
    'What is it?',
    'Who wrote this document?',
    '',
    '?',
  ])
    test(question || 'nothing', () => assert.equal(asksForOverview(question), false))
})

test('in a chat what names no text means what was said before', () => {
  const history = [{ role: 'user', content: 'Who built the bridge?' } as const]
  assert.equal(asksForOverview('Sum it up', history), false)
  assert.equal(asksForOverview('Sum it up'), true)
  assert.equal(asksForOverview('Summarise this document', history), true)
  assert.equal(asksForOverview(`Sum up ${PAGE}`, history), true)
  assert.equal(asksForOverview('What is this document about?', history), true)
  assert.equal(asksForOverview(`And summarise ${PAGE}`, history), true)
  for (const pointing of [
    'What does the document say about it?',
    `What does ${PAGE} say about it?`,
    'What does it say in the document?',
    'What about the document?',
    `What about ${PAGE}?`,
  ])
    assert.equal(asksForOverview(pointing, history), false, pointing)
})
