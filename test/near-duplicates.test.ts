import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { eventually, startService, type Json, type TestService } from './service.ts'

const POLICY =
  'The travel policy says that trips are booked by the office at least two weeks ahead. Trains are preferred to planes for ' +
  'trips of less than six hours. Hotels cost at most 140 euros a night, breakfast included. Receipts of trips are handed ' +
  'in within thirty days, together with the form that the accountants publish, and are paid with the next salary.'
const invoice = (amount: string): string =>
  `Invoice for the repair of the roof of the storehouse. The amount of ${amount} euros is to be paid within 14 days. ` +
  'The goods stay the property of the seller until they are paid in full, as agreed upon before the work was begun.'

async function filled(t: TestContext, files: Record<string, string>, env: Record<string, string> = {}) {
  const service = await startService(t, { env })
  const names = new Map<string, string>()
  for (const [name, text] of Object.entries(files)) names.set((await service.upload(name, text)).body.id, name)
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents as Json[],
    (documents) => documents.every(({ searchable }) => searchable === 'full'),
  )
  return { service, nameOf: (id: string) => names.get(id) ?? id }
}

async function search(service: TestService, query: string, more: object = {}): Promise<Json> {
  const { status, body } = await service.json('POST', '/api/v1/search', { query, ...more })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

describe('near-duplicates', () => {
  test('copies and pages with another footer stand behind the best of them, which names them', async (t) => {
    const { service, nameOf } = await filled(t, {
      'travel.txt': POLICY,
      'travel-copy.txt': POLICY.replaceAll('. ', '.\n'),
      'travel-page.txt': `${POLICY}\n\nPrint this page | Contact us`,
      'bikes.txt': 'Trips by bike to the office are paid with 20 cents a kilometre.',
    })
    const query = 'travel policy for trips by train'
    const found = await search(service, query)
    assert.equal(found.total_results, 2)
    assert.equal(found.search_statistics.documents_above_threshold, 4)
    const [travel, bikes] = found.results
    const shown = [travel.document_id, ...travel.duplicates.map(({ document_id: id }: Json) => id)].map(nameOf)
    assert.deepEqual(shown.toSorted(), ['travel-copy.txt', 'travel-page.txt', 'travel.txt'])
    assert.equal(nameOf(bikes.document_id), 'bikes.txt')
    assert.deepEqual(bikes.duplicates, [])
    assert.equal(travel.duplicates[0].title, nameOf(travel.duplicates[0].document_id).replace('.txt', ''))

    const { results } = await search(service, query, {
      max_results: 1,
      document_ids: [travel.duplicates[0].document_id],
    })
    assert.equal(results[0].document_id, travel.duplicates[0].document_id)
    assert.equal(results[0].chunk_analysis.top_chunks[0].chunk_id, travel.duplicates[0].chunk_id)
    assert.deepEqual(results[0].duplicates, [])

    const { body: answer } = await service.json('POST', '/api/v1/ask', { question: 'What do hotels cost at most?' })
    assert.equal(answer.results_count, 2)
    assert.match(answer.answer, /140 euros/)
  })

  test('what differs by an amount is shown, each for itself', async (t) => {
    const { service, nameOf } = await filled(t, { 'a.txt': invoice('4,500'), 'b.txt': invoice('4,600') })
    const { results } = await search(service, 'repair of the roof')
    assert.deepEqual(results.map(({ document_id: id }: Json) => nameOf(id)).toSorted(), ['a.txt', 'b.txt'])
  })

  test('all are shown where NEAR_DUPLICATES says so', async (t) => {
    const { service } = await filled(t, { 'a.txt': POLICY, 'b.txt': `${POLICY}\n` }, { NEAR_DUPLICATES: 'show' })
    const found = await search(service, 'travel policy')
    assert.equal(found.total_results, 2)
    assert.deepEqual(found.results[0].duplicates, [])
  })
})
