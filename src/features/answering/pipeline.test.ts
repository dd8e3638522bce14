import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import type { AnswerEvent } from './answer.ts'
import { answering, ask, LIBRARY, OWNER, passagesFor, saying } from './answering.fixture.ts'
import { collectAnswer } from './pipeline.ts'
import { presentAnswer } from './presenter.ts'

const stages = (events: readonly AnswerEvent[]): string[] =>
  events.map((event) => (event.type === 'stage' ? event.stage : event.type))

describe('an answer', () => {
  test('is quoted from the document, each sentence tied to its characters', async () => {
    const { answer } = await ask('When was the Sydney Harbour Bridge opened?')
    assert.equal(answer.abstained, false)
    assert.match(answer.text, /^The Sydney Harbour Bridge was opened in 1932 \[1\]\./)
    assert.ok(answer.citations.length > 0)
    for (const { place, verdict } of answer.citations) {
      assert.ok(place !== null)
      assert.equal(LIBRARY[place.documentId]?.slice(place.start, place.end), place.quote)
      assert.equal(verdict, 'supported')
    }
    assert.equal(answer.sources[0]?.documentId, 'bridge')
    assert.equal(answer.results, 2)
  })

  test('comes in order: gate, retrieval, candidate citations, text, the whole', async () => {
    const { events, answer } = await ask('When was the Sydney Harbour Bridge opened?')
    const seen = stages(events)
    assert.deepEqual(
      seen.filter((stage) => stage !== 'delta'),
      ['rag_gate', 'embeddings', 'retrieval', 'citations', 'done'],
    )
    assert.equal(seen.indexOf('delta'), 4)
    const written = events.map((event) => (event.type === 'delta' ? event.content : '')).join('')
    assert.equal(written, answer.text)
  })

  test('brings the sentence before, behind one that opens with a pronoun', async () => {
    const { answer } = await ask('Who designed it? Was it John Bradfield, the engineer?')
    assert.match(answer.text, /^It was designed by John Bradfield.* \[1\]\. .*was opened in 1932/)
  })

  test('has every field of the contract, and scores within 0 and 1', async () => {
    const { answer } = await ask('When was the Sydney Harbour Bridge opened?')
    const shown = presentAnswer(answer)
    const scores = [shown.confidence, shown.question_relevance, ...Object.values(shown.confidence_factors)]
    for (const score of [...scores, ...shown.citations.map((citation) => citation.score)]) {
      assert.ok(score >= 0 && score <= 1, String(score))
    }
    assert.equal(shown.citations[0]?.verified, true)
    assert.equal(shown.sources_used[0]?.rank, 1)
    assert.match(shown.reasoning, /2 passages of 2 documents/)
    assert.equal(shown.confidence_factors.verified_citations, 1)
  })
})

describe('an abstention', () => {
  test('says what was looked for and how much was read, and claims nothing', async () => {
    const { answer, events } = await ask('Which vitamins do carrots contain?', answering({}, 0.5))
    assert.equal(answer.abstained, true)
    assert.equal(answer.confidenceLevel, 'low')
    assert.deepEqual([answer.citations, answer.claims], [[], []])
    assert.match(answer.text, /“vitamins”, “carrots”/)
    assert.match(answer.text, /2 passages of 2 documents/)
    assert.ok(answer.candidates.length > 0 && answer.sources.length === 2)
    assert.ok(answer.candidates.every(({ verdict }) => verdict !== 'supported'))
    assert.equal(stages(events).at(-2), 'delta')
  })

  test('without documents searches nothing', async () => {
    const made = answering({ retrieve: () => Promise.reject(new Error('searched')) })
    const { answer, events } = await ask('When was the bridge opened?', made, { documents: [] })
    assert.equal(answer.abstained, true)
    assert.equal(answer.confidence, 0)
    assert.ok(!stages(events).includes('retrieval'))
  })

  test('where nothing is found says what to do: add documents, wait, look why, choose others', async () => {
    const said = async (documents: number, pending: number, failed: number): Promise<string> => {
      const retrieve = async () => ({ passages: [], engine: 'test' })
      const reading = async () => ({ documents, pending, failed })
      const { answer } = await ask('When?', answering({ retrieve, reading }))
      assert.equal(answer.abstained, true)
      return answer.text
    }
    assert.match(await said(0, 0, 0), /^There is no document yet .* Add some .*evident ingest FOLDER/)
    assert.match(await said(1, 1, 0), /The document is still being read: ask again/)
    assert.match(await said(7, 7, 0), /All 7 documents are still being read: ask again/)
    assert.match(await said(7, 1, 6), /1 of 7 documents is still being read: ask again/)
    assert.match(await said(1, 0, 1), /the document could not be read\./)
    assert.match(await said(7, 0, 7), /none of the 7 documents could be read\./)
    assert.match(await said(7, 0, 6), /found no document .* choose others/)
  })

  test('says that what is still being read may hold the answer', async () => {
    const reading = async () => ({ documents: 5, pending: 3, failed: 0 })
    const { answer } = await ask('Which vitamins do carrots contain?', answering({ reading }, 0.5))
    assert.match(answer.text, /clearly enough\. 3 of 5 documents are still being read: ask again in a moment\.$/)
  })

  test('for a question without a word to look for', async () => {
    const { answer } = await ask('What is it?', answering({}, 0.99))
    assert.match(answer.text, /names nothing to look for/)
  })

  test('the threshold decides', async () => {
    const question = 'When was the Sydney Harbour Bridge opened?'
    assert.equal((await ask(question, answering({}, 0))).answer.abstained, false)
    assert.equal((await ask(question, answering({}, 1))).answer.abstained, true)
  })
})

describe('another model’s text', () => {
  test('is checked like any other: what its sources do not say costs confidence', async () => {
    const question = 'When was the Sydney Harbour Bridge opened?'
    const right = await ask(question, answering({ languageModel: saying('The bridge was opened in 1932 [1].') }))
    const wrong = await ask(question, answering({ languageModel: saying('The bridge was opened in 1950 [1].') }))
    assert.ok(right.answer.confidence > 0)
    assert.equal(wrong.answer.confidence, 0)
    assert.equal(wrong.answer.citations[0]?.doubt, 'number')
    assert.equal(right.answer.tokens, 12)
  })

  test('may name a source that it was not given: it is shown as such', async () => {
    const made = answering({ languageModel: saying('The bridge was opened in 1932 [9].') })
    const shown = presentAnswer((await ask('When was the Sydney Harbour Bridge opened?', made)).answer)
    const [citation] = shown.citations
    assert.deepEqual([citation?.id, citation?.doc_id, citation?.quote, citation?.verified], [9, null, null, false])
    assert.equal(citation?.reason_code, 'unknown_source')
  })
})

describe('a question', () => {
  const refused = async (question: string): Promise<string> => {
    const error: unknown = await ask(question).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof AppError)
    return error.code
  }

  test('that is empty or too long is refused', async () => {
    assert.equal(await refused('  \n '), 'empty_question')
    assert.equal(await refused('x'.repeat(201)), 'question_too_long')
  })

  test('of any characters is answered or refused, never an accident', async () => {
    for (const question of ['?', '😀', '\u0000', '[1]', '(((', '$&', 'ﷺ', '上海在哪里？', '\ud800']) {
      const { answer } = await ask(question)
      assert.ok(answer.text.length > 0)
    }
  })

  test('that nobody waits for any more stops the work', async () => {
    const controller = new AbortController()
    const made = answering({
      retrieve: async (_scope, question, { signal }) => {
        controller.abort(new Error('gone'))
        signal?.throwIfAborted()
        return { passages: passagesFor(question), engine: 'test' }
      },
    })
    const events = made.answer({ owner: OWNER, question: 'When?' }, { signal: controller.signal })
    await assert.rejects(collectAnswer(events), /gone/)
  })
})
