// Uses a server as a newcomer does, for the checks that install Evident from scratch.
import assert from 'node:assert/strict'
import { apiClient } from './drills/client.ts'

/** Uploads a text, asks about it, and holds the answer's citation against the stored text. */
export async function firstAnswer(url: string): Promise<string> {
  const api = apiClient(url)
  const text = 'The bell of Dunwick was cast in 1761 by Oriel Hartnoll.\n\nIt weighs 812 kilograms and rings at noon.\n'
  const { document_id: id } = await api.upload('bell.txt', new TextEncoder().encode(text))
  const answer = await api.ask('Who cast the bell of Dunwick?')
  assert.equal(answer.abstained, false, answer.answer)
  const [citation] = answer.citations
  assert.ok(citation !== undefined, 'the answer has no citation')
  assert.equal(citation.doc_id, id)
  assert.match(citation.quote, /Oriel Hartnoll/)
  const { content } = await api.content(citation.doc_id, citation.version)
  assert.equal(content.slice(citation.start_char, citation.end_char), citation.quote)
  return answer.answer
}
