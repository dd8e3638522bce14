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
})
