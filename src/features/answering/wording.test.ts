import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSnapshotId, type DocumentId } from '../../core/ids.ts'
import { generalKnowledgeNote } from './wording.ts'

test('what does not answer is called what it is: documents, pages of the web, or both', () => {
  const [document, page] = [{ documentId: 'doc_1' as DocumentId }, { documentId: newSnapshotId() }]
  assert.match(generalKnowledgeNote([]), /^Your documents do not answer this\./)
  assert.match(generalKnowledgeNote([document]), /^Your documents do not answer this\./)
  assert.match(generalKnowledgeNote([document, page]), /^Your documents and the pages of the web that I read do not/)
  assert.match(generalKnowledgeNote([page]), /^The pages of the web that I read do not answer this\./)
})
