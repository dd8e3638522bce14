import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import type { LanguageModel, ModelRequest } from '../../core/ports/language-models.ts'
import type { Turn } from './answer.ts'
import { answering, ask, logger, saying } from './answering.fixture.ts'
import { refersBack, ruleRewritten, standalone } from './follow-up.ts'

const CHAT: readonly Turn[] = [
  { role: 'user', content: 'When was the Sydney Harbour Bridge opened?' },
  { role: 'assistant', content: 'The Sydney Harbour Bridge was opened in 1932 [1].' },
]

describe('a question that needs the chat', () => {
  const cases: readonly (readonly [question: string, meant: string])[] = [
    ['And the Sydney Opera House?', 'When was the Sydney Opera House opened?'],
    ['Who designed it?', 'Who designed Sydney Harbour Bridge?'],
    ['What is its length?', 'What is Sydney Harbour Bridge’s length?'],
    ['Is it older than the Opera House?', 'Is Sydney Harbour Bridge older than the Opera House?'],
    ['And the second one?', 'And the second one? (When was the Sydney Harbour Bridge opened?)'],
    ['Why?', 'Why? (When was the Sydney Harbour Bridge opened?)'],
    ['What about 1933?', 'What about 1933? (When was the Sydney Harbour Bridge opened?)'],
  ]
  for (const [question, meant] of cases) {
    test(question, () => {
      assert.equal(refersBack(question, CHAT), true)
      assert.equal(ruleRewritten(question, CHAT), meant)
    })
  }

  test('takes the name from the answer where the question before has none', () => {
    const chat: readonly Turn[] = [
      { role: 'user', content: 'what is the longest bridge of the town' },
      { role: 'assistant', content: 'The longest is the Sydney Harbour Bridge [2].' },
    ]
    assert.equal(ruleRewritten('Who designed it?', chat), 'Who designed Sydney Harbour Bridge?')
  })
})

test('a question that stands alone is left as it is, and so is every question without a chat', () => {
  for (const question of ['How many men worked on the bridge?', 'When was the Eiffel Tower opened in Paris?']) {
    assert.equal(refersBack(question, CHAT), false, question)
  }
  assert.equal(refersBack('Who designed it?', []), false)
})

describe('a model that writes', () => {
  const rewriting = (languageModel: LanguageModel) => standalone('And the opera?', CHAT, { languageModel, logger }, {})
  const RULED = ruleRewritten('And the opera?', CHAT)

  test('rewrites the question, told no more than the chat', async () => {
    const asked: ModelRequest[] = []
    const model = saying('“When was the Sydney Opera House opened?”')
    const languageModel: LanguageModel = {
      ...model,
      stream(request, options) {
        asked.push(request)
        return model.stream(request, options)
      },
    }
    assert.equal(await rewriting(languageModel), 'When was the Sydney Opera House opened?')
    const [request] = asked
    assert.match(
      request?.messages[1]?.content ?? '',
      /assistant: The Sydney Harbour Bridge was opened in 1932\.\n\nuser: And the opera\?$/,
    )
    assert.deepEqual([request?.evidence, request?.tools], [[], undefined])
  })

  test('that fails, rambles or says nothing is done without', async () => {
    const failing: LanguageModel = {
      ...saying(''),
      // oxlint-disable-next-line require-yield
      stream: async function* () {
        throw new AppError('upstream_failed', 'gone')
      },
    }
    assert.equal(await rewriting(failing), RULED)
    assert.equal(await rewriting(saying('')), RULED)
    assert.equal(await rewriting(saying('One line.\nAnother line.')), RULED)
    assert.equal(await rewriting(saying('x '.repeat(600))), RULED)
  })
})

describe('the answer', () => {
  test('to a question that refers to the chat is of what it means, and says so', async () => {
    const { events, answer } = await ask('And the Sydney Opera House?', answering(), { history: CHAT })
    assert.match(answer.text, /opened in 1973/)
    assert.equal(answer.understood.question, 'When was the Sydney Opera House opened?')
    assert.ok(events.some((event) => event.type === 'stage' && event.stage === 'rewrite'))
  })

  test('does not answer the question before again where that only helps to search', async () => {
    const { answer } = await ask('And the second one?', answering(), { history: CHAT })
    assert.deepEqual(
      answer.understood.parts.map(({ question }) => question),
      [`And the second one? (${CHAT[0]?.content})`],
    )
  })

  test('says in strict mode, too, which part is missing', async () => {
    const settings = {
      topK: 5,
      confidenceThreshold: 0.5,
      maxQuestionChars: 500,
      strict: true,
      generalKnowledge: false,
      searchSteps: 0,
    }
    const { answer } = await ask(
      'When was the Sydney Harbour Bridge opened, and which vitamins do carrots contain?',
      answering({ settings }),
    )
    assert.match(answer.text, /1932 \[1\][^]*no answer to this part/)
  })

  test('to several questions has a paragraph for each', async () => {
    const { answer } = await ask(
      'When was the Sydney Harbour Bridge opened, and who was the architect of the Sydney Opera House?',
    )
    const [first = '', second = ''] = answer.text.split('\n\n')
    assert.match(first, /opened in 1932 \[1\]/)
    assert.match(second, /architect was Jørn Utzon/)
    assert.ok(answer.claims.every(({ verdict }) => verdict === 'supported'))
    assert.deepEqual(
      answer.understood.parts.map(({ answerable }) => answerable),
      [true, true],
    )
  })

  test('says which part is missing, and that is no claim', async () => {
    const made = answering({}, 0.5)
    const { answer } = await ask(
      'When was the Sydney Harbour Bridge opened, and which vitamins do carrots contain?',
      made,
    )
    assert.equal(answer.abstained, false)
    assert.match(answer.text, /1932 \[1\]/)
    assert.match(answer.text, /no answer to this part of the question: Which vitamins do carrots contain\?$/)
    assert.deepEqual(
      answer.understood.parts.map(({ answerable }) => answerable),
      [true, false],
    )
    assert.ok(answer.claims.every(({ text }) => !text.includes('carrots')))
  })

  test('is an abstention where every part is missing', async () => {
    const { answer } = await ask(
      'Which vitamins do carrots contain, and who eats cabbages in winter?',
      answering({}, 0.5),
    )
    assert.equal(answer.abstained, true)
    assert.match(answer.text, /“carrots”[^]*“cabbages”/)
  })
})
