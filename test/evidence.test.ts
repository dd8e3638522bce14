import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, startService, type Json } from './service.ts'

const filler = (about: string): string =>
  `The ${about} of the company is described here at some length, as the board has asked for it to be. `
    .repeat(18)
    .trim()

test('a sentence that goes on in the next passage is quoted whole, with exact places of the stored text', async (t) => {
  const service = await startService(t)
  const text =
    `${filler('history')} The amount that the tenant of the lighthouse owes under\n\n` +
    `the agreement is 4,500 euros a year. ${filler('future')}`
  const { body: uploaded } = await service.upload('lighthouse.txt', text)
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents as Json[],
    ([document]) => document.searchable === 'full',
  )
  const { body: found } = await service.json('POST', '/api/v1/search', {
    query: 'amount that the tenant of the lighthouse owes',
  })
  const [passage] = found.results[0].chunk_analysis.top_chunks
  assert.match(passage.content, /lighthouse owes under$/, 'the border lies elsewhere')

  const question = 'What is the amount that the tenant of the lighthouse owes?'
  const { body: answer } = await service.json('POST', '/api/v1/ask', { question, top_k: 1 })
  assert.match(answer.answer, /owes under the agreement is 4,500 euros a year \[1\]/)
  const { body } = await service.json('GET', `/api/v1/documents/${uploaded.id}/content`)
  assert.ok(answer.citations.length > 0)
  for (const { start_char: start, end_char: end, quote, verified } of [
    ...answer.citations,
    ...answer.candidate_quotes,
  ]) {
    assert.equal(body.content.slice(start, end), quote)
    assert.ok(verified || answer.candidate_quotes.some((candidate: Json) => candidate.quote === quote))
  }
  const cited = answer.citations.find(({ quote }: Json) => /4,500/.test(quote))
  assert.deepEqual([cited.chunk_id, cited.verified], [passage.chunk_id, true])
  assert.match(cited.quote, /owes under\n\nthe agreement/)
})
