import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import type { DocumentId } from '../../core/ids.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from '../../core/ports/language-models.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import type { AnswerEvent, AnswerRequest } from './answer.ts'
import { answering, ask, LIBRARY, OWNER, passagesFor } from './answering.fixture.ts'
import type { Library, RankedPassage } from './passages.ts'
import { NO_ANSWER } from './prompt.ts'

/** What a model does in one turn: it writes, or calls tools (its name and arguments each), after a remark perhaps. */
interface Turn {
  readonly text?: string
  readonly calls?: readonly (readonly [name: string, given: unknown])[]
}

/** A model that follows a script, or whatever it makes of what it is told; `asked` keeps that. */
function scripted(turns: readonly Turn[] | ((request: ModelRequest, turn: number) => Turn)) {
  const asked: ModelRequest[] = []
  const model: LanguageModel = {
    id: 'scripted',
    provider: 'test',
    contextWindow: 16_384,
    supports: { tools: true, jsonSchema: false },
    writes: true,
    probe: async () => undefined,
    stream: async function* (request): AsyncGenerator<ModelEvent> {
      asked.push(structuredClone(request))
      const at = asked.length - 1
      const { text = '', calls = [] } = typeof turns === 'function' ? turns(request, at) : (turns[at] ?? {})
      for (const piece of text.match(/\S+\s*/g) ?? []) yield { type: 'text-delta', text: piece }
      for (const [i, [name, given]] of calls.entries()) {
        const written = typeof given === 'string' ? given : JSON.stringify(given)
        yield { type: 'tool-call', call: { id: `${at}.${i}`, name, arguments: written } }
      }
      yield { type: 'finish', reason: calls.length > 0 ? 'tools' : 'stop', tokens: 10 }
    },
  }
  return { model, asked }
}

/** One passage a search: what a question asks for in two steps takes two. */
const oneAtATime = async (_scope: unknown, question: string) => ({
  passages: passagesFor(question).slice(0, 1),
  engine: 'test',
})

const search = (query: string): Turn => ({ calls: [['search_documents', { query }]] })

function asking(
  turns: Parameters<typeof scripted>[0],
  more: Partial<Parameters<typeof answering>[0] & object> = {},
  threshold?: number,
) {
  const { model, asked } = scripted(turns)
  return { asked, made: answering({ languageModel: model, retrieve: oneAtATime, ...more }, threshold) }
}

const deltas = (events: readonly AnswerEvent[]): string =>
  events.map((event) => (event.type === 'delta' ? event.content : '')).join('')

const toolText = ({ messages }: ModelRequest): string =>
  messages.map((message) => (message.role === 'tool' ? message.content : '')).join('\n')

const BRIDGE =
  'Which year was the Sydney Harbour Bridge opened in after men worked on it, beside the maker of the opera?'

describe('a model that may look further', () => {
  test('finds the second half, cites it by its own number, and each step is an event and in the answer', async () => {
    const { made, asked } = asking([
      search('Who was the architect of the Sydney Opera House?'),
      { text: 'The bridge was opened in 1932 [1]. The architect of the Opera House was Jørn Utzon [2].' },
    ])
    const { events, answer } = await ask(BRIDGE, made)
    assert.equal(answer.text, 'The bridge was opened in 1932 [1]. The architect of the Opera House was Jørn Utzon [2].')
    assert.equal(deltas(events), answer.text)
    assert.deepEqual(
      answer.citations.map(({ number, place, verdict }) => [number, place?.documentId, verdict]),
      [
        [1, 'bridge', 'supported'],
        [2, 'opera', 'supported'],
      ],
    )
    const [step] = answer.steps
    assert.deepEqual(
      [answer.steps.length, step?.tool, step?.evidence, step?.documents],
      [1, 'search_documents', [2], ['opera']],
    )
    assert.ok(events.some((event) => event.type === 'stage' && event.stage === 'search_step'))
    assert.equal(answer.sources.length, 2)
    assert.equal(answer.tokens, 20)
    const [first, second] = asked
    assert.deepEqual(
      first?.tools?.map(({ name }) => name),
      ['search_documents', 'read_document', 'list_documents'],
    )
    assert.deepEqual(
      second?.messages.slice(-2).map(({ role }) => role),
      ['assistant', 'tool'],
    )
    assert.match(toolText(second), /evidence \[2\]\nDocument: D2, passage 1\nTitle: opera\.txt/)
  })

  test('keeps what it says before a call out of the answer', async () => {
    const { made } = asking([
      { text: 'Let me look this up first.', ...search('architect of the Opera House') },
      { text: 'It was Jørn Utzon [2].' },
    ])
    assert.equal((await ask(BRIDGE, made)).answer.text, 'It was Jørn Utzon [2].')
  })

  test('is heard at once where it does not sound like a remark', async () => {
    const { model } = scripted([{ text: 'The bridge was opened in 1932 [1].' }])
    const stream = answering({ languageModel: model, retrieve: oneAtATime }).answer({ owner: OWNER, question: BRIDGE })
    const pieces: string[] = []
    for await (const event of stream) if (event.type === 'delta') pieces.push(event.content)
    assert.equal(pieces[0], 'The ')
  })

  test('is given a passage under one number, however often it finds it', async () => {
    const { made, asked } = asking([
      search('the opening of the bridge'),
      search('bridge opened when'),
      { text: 'The bridge was opened in 1932 [1].' },
    ])
    const { answer } = await ask(BRIDGE, made)
    assert.deepEqual(
      answer.steps.map(({ evidence, known }) => [evidence, known]),
      [
        [[], [1]],
        [[], [1]],
      ],
    )
    assert.match(toolText(asked[1] as ModelRequest), /^Best first: \[1\]\. What was found before is above\.$/m)
    assert.equal(answer.citations[0]?.verdict, 'supported')
  })

  test('is refused what it has asked already, in whatever order of words', async () => {
    const { made, asked } = asking([
      search('architect of the Opera House'),
      search('The Opera House: of architect?'),
      { text: 'It was Jørn Utzon [2].' },
    ])
    const { answer } = await ask(BRIDGE, made)
    assert.match(answer.steps[1]?.problem ?? '', /searched for already/)
    assert.match(toolText(asked[2] as ModelRequest), /searched for already/)
  })

  test('that looks without end is asked for the last word without tools, with all that was found', async () => {
    const { made, asked } = asking((request, turn) =>
      request.tools === undefined ? { text: 'It was Jørn Utzon [2].' } : search(`architect ${turn} of the Opera House`),
    )
    const { answer } = await ask(BRIDGE, made)
    assert.equal(answer.steps.length, 6)
    assert.equal(asked.length, 7)
    const last = asked.at(-1)?.messages.at(-1)?.content ?? ''
    assert.match(last, /evidence \[1\]\n[^]*evidence \[2\]\n/)
    assert.equal(answer.citations[0]?.place?.documentId, 'opera')
    assert.equal(answer.citations[0]?.verdict, 'supported')
  })

  test('that calls tools wrongly is told so, and answers without them when it goes on', async () => {
    const { made, asked } = asking((request, turn) => {
      if (request.tools === undefined) return { text: 'The bridge was opened in 1932 [1].' }
      return { calls: turn === 0 ? [['delete_everything', {}]] : [['search_documents', '{"query": 7']] }
    })
    const { answer } = await ask(BRIDGE, made)
    assert.equal(asked.length, 3)
    assert.match(answer.steps[0]?.problem ?? '', /no tool of this name/)
    assert.match(answer.steps[1]?.problem ?? '', /no JSON/)
    assert.equal(answer.text, 'The bridge was opened in 1932 [1].')
  })

  test('is told what is wrong with arguments and documents', async () => {
    const { made } = asking([
      { calls: [['search_documents', { query: '  ' }]] },
      search('architect of the Opera House'),
      { calls: [['read_document', { document: 'D9' }]] },
      search('Opera House opened'),
      { calls: [['read_document', { document: 'D2', passage: 'two' }]] },
      { text: 'It was Jørn Utzon [2].' },
    ])
    const { answer } = await ask(BRIDGE, made)
    const problems = answer.steps.map(({ problem }) => problem)
    assert.match(problems[0] ?? '', /arguments are wrong: query/)
    assert.match(problems[2] ?? '', /no document D9/)
    assert.match(problems[4] ?? '', /arguments are wrong: passage/)
  })

  test('reads on in a document, and lists documents, by the names that it was told', async () => {
    const text = 'About 1,400 men worked on the bridge for eight years.'
    const start = LIBRARY['bridge']?.indexOf(text) ?? 0
    const behind: RankedPassage = {
      ...(passagesFor('opera')[0] as RankedPassage),
      chunkId: 99 as RankedPassage['chunkId'],
      documentId: 'bridge' as DocumentId,
      ordinal: 1,
      text,
      start,
      end: start + text.length,
    }
    const read: unknown[] = []
    const library: Library = {
      list: async () => ({
        documents: [
          { documentId: 'bridge' as DocumentId, title: 'A\nbridge', passages: 2, createdAt: '2026-01-02T03:04:05Z' },
        ],
        more: true,
      }),
      read: async (...of) => {
        read.push(of)
        return { passages: [behind], total: 2 }
      },
    }
    const { made, asked } = asking(
      [
        { calls: [['list_documents', '']] },
        { calls: [['read_document', { document: 'd1', passage: '2' }]] },
        { text: 'The bridge took eight years [2].' },
      ],
      { library },
    )
    const { answer } = await ask('How many years did the work on the Sydney Harbour Bridge take?', made)
    assert.match(toolText(asked[1] as ModelRequest), /D1: A bridge \(2 passages, added 2026-01-02\)\n… and others/)
    assert.deepEqual(read, [['ann', 'bridge', 1, 6]])
    assert.match(
      toolText(asked[2] as ModelRequest),
      /Passages 2 to 2 of 2\.[^]*evidence \[2\]\nDocument: D1, passage 2/,
    )
    assert.deepEqual(
      answer.citations.map(({ number, place }) => [number, place?.quote]),
      [[2, text]],
    )
  })

  test('sees no more than the request allows', async () => {
    const scopes: unknown[] = []
    const { made } = asking([search('architect of the Opera House'), { text: 'It was Jørn Utzon [2].' }], {
      retrieve: async (scope, question) => {
        scopes.push(scope)
        return oneAtATime(scope, question)
      },
    })
    const request: Partial<AnswerRequest> = { documents: ['bridge', 'opera'] as DocumentId[], filter: { chats: ['c'] } }
    await ask(BRIDGE, made, request)
    const allowed = { owner: 'ann', ...request }
    assert.deepEqual(scopes, [allowed, allowed])
  })

  test('whose text was given out is not followed by what it calls behind it', async () => {
    const { made, asked } = asking([
      { text: 'The bridge was opened in 1932 [1]. Now the architect.', ...search('architect of the Opera House') },
      { text: 'The bridge was opened in 1932 [1].' },
    ])
    const { answer } = await ask(BRIDGE, made)
    assert.equal(answer.text, 'The bridge was opened in 1932 [1]. Now the architect.')
    assert.deepEqual([asked.length, answer.steps.length], [1, 0])
  })

  test('goes on where a search of its own fails, which is said', async () => {
    let searches = 0
    const { made, asked } = asking(
      [search('architect of the Opera House'), { text: 'The bridge was opened in 1932 [1].' }],
      {
        retrieve: async (scope, question) => {
          if (searches++ === 1) throw new AppError('timed_out', 'The search took longer than 30 s.')
          return oneAtATime(scope, question)
        },
      },
    )
    const { answer } = await ask(BRIDGE, made)
    assert.equal(answer.text, 'The bridge was opened in 1932 [1].')
    assert.equal(answer.steps[0]?.degraded, 'The search took longer than 30 s.')
    assert.match(toolText(asked[1] as ModelRequest), /took longer than 30 s/)
  })

  test('whose window its tools and their results overflow is asked without them, with all that was found', async () => {
    const { model, asked } = scripted((request, turn) =>
      request.tools === undefined
        ? { text: 'The architect of the Opera House was Jørn Utzon [2].' }
        : turn === 0
          ? search('Who was the architect of the Sydney Opera House?')
          : { text: '' },
    )
    const narrow: LanguageModel = {
      ...model,
      async *stream(request, options) {
        if (request.messages.some(({ role }) => role === 'tool')) {
          throw new ProviderFailure('upstream_failed', 'The question with its sources is too long.', { kind: 'window' })
        }
        yield* model.stream(request, options)
      },
    }
    const { answer } = await ask(BRIDGE, answering({ languageModel: narrow, retrieve: oneAtATime }))
    assert.equal(answer.text, 'The architect of the Opera House was Jørn Utzon [2].')
    assert.equal(asked[1]?.tools, undefined)
    assert.match(asked[1]?.messages.at(-1)?.content ?? '', /evidence \[2\]\n[^]*Utzon/)
  })

  test('is shown later what had no room at first', async () => {
    const long = (document: string, chunk: number): RankedPassage => {
      const text = `${LIBRARY[document]} ${'It is told at length. '.repeat(80)}`
      return {
        ...(passagesFor('bridge').find((p) => p.documentId === document) as RankedPassage),
        chunkId: chunk as RankedPassage['chunkId'],
        text,
        end: text.length,
      }
    }
    const { model, asked } = scripted([search('the house once more'), { text: 'It was Jørn Utzon [3].' }])
    const made = answering(
      {
        languageModel: { ...model, contextWindow: 3200 },
        retrieve: async () => ({ passages: [long('bridge', 1), long('opera', 2)], engine: 'test' }),
        content: async (document) => long(document, 0).text,
      },
      0,
    )
    const { answer } = await ask(BRIDGE, made)
    assert.doesNotMatch(asked[0]?.messages.at(-1)?.content ?? '', /Utzon/)
    assert.match(toolText(asked[1] as ModelRequest), /Best first: \[1\], \[3\][^]*evidence \[3\]\n[^]*Utzon/)
    assert.equal(answer.citations[0]?.place?.documentId, 'opera')
  })
})

describe('where the first search does not answer', () => {
  const question = 'Which architect left before his house at the harbour was finished?'
  /** Finds nothing that helps, unless it is asked for the Opera House. */
  const retrieve = async (_scope: unknown, asked: string) => ({
    passages: passagesFor(asked).filter(
      ({ documentId }) => documentId === (asked.includes('Opera') ? 'opera' : 'bridge'),
    ),
    engine: 'test',
  })
  const THRESHOLD = 0.3

  test('the model may find what does', async () => {
    const turns = [search('architect of the Sydney Opera House left'), { text: 'Its architect was Jørn Utzon [2].' }]
    const { made } = asking(turns, { retrieve }, THRESHOLD)
    const { events, answer } = await ask(question, made)
    assert.equal(answer.abstained, false, answer.reasoning)
    assert.equal(deltas(events), 'Its architect was Jørn Utzon [2].')
    assert.ok(answer.confidence >= THRESHOLD)
  })

  test('what it writes that no source supports is not shown', async () => {
    for (const text of ['It was Frank Gehry [2].', 'It was Jørn Utzon.', NO_ANSWER]) {
      const { made } = asking([search('architect of the Sydney Opera House left'), { text }], { retrieve }, THRESHOLD)
      const { events, answer } = await ask(question, made)
      assert.equal(answer.abstained, true, text)
      assert.doesNotMatch(deltas(events), /Gehry|Utzon/)
      assert.deepEqual([answer.citations, answer.claims], [[], []])
      assert.equal(answer.confidenceLevel, 'low')
    }
  })

  test('a model without tools is not asked', async () => {
    const { model, asked } = scripted([{ text: 'Its architect was Jørn Utzon [1].' }])
    const languageModel = { ...model, supports: { tools: false, jsonSchema: false } }
    const { answer } = await ask(question, answering({ languageModel, retrieve }, THRESHOLD))
    assert.equal(answer.abstained, true)
    assert.equal(asked.length, 0)
  })
})

test('a failure of the model in a later turn is the answer’s', async () => {
  const { made } = asking((_request, turn) => {
    if (turn === 1) throw new AppError('upstream_failed', 'gone')
    return search('architect of the Opera House')
  })
  await assert.rejects(ask(BRIDGE, made), /gone/)
})
