import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSnapshotId, type DocumentId } from '../../core/ids.ts'
import { passagesFor } from './answering.fixture.ts'
import type { RankedSentence } from './sentence-ranking.ts'
import { abstentionText, generalKnowledgeNote, type Findings } from './wording.ts'

test('what does not answer is called what it is: documents, pages of the web, or both', () => {
  const [document, page] = [{ documentId: 'doc_1' as DocumentId }, { documentId: newSnapshotId() }]
  assert.match(generalKnowledgeNote([]), /^Your documents do not answer this\./)
  assert.match(generalKnowledgeNote([document]), /^Your documents do not answer this\./)
  assert.match(generalKnowledgeNote([document, page]), /^Your documents and the pages of the web that I read do not/)
  assert.match(generalKnowledgeNote([page]), /^The pages of the web that I read do not answer this\./)
})

test('why a text is not summed up is told apart: no sentences, no confidence, a model that found nothing', () => {
  const findings: Findings = {
    questions: [],
    passages: passagesFor(''),
    best: undefined,
    isOverview: true,
    confidence: 0.5,
    threshold: 0.9,
    searched: true,
    web: 'unasked',
    draft: { basis: 'evidence', isAsked: false, steps: 0 },
  }
  const best = {} as RankedSentence
  const said = (more: Partial<Findings>): string =>
    abstentionText({ ...findings, ...more }, { documents: 1, pending: 0, failed: 0 })
  assert.match(said({}), /too few sentences/)
  assert.match(said({ best }), /a confidence of 0\.50, where 0\.90 is asked for/)
  assert.match(said({ best, draft: { ...findings.draft, isAsked: true } }), /the language model wrote nothing/)
})
