import { AppError } from '../../core/errors.ts'
import type { AnswerPart, AnswerSource, FinishedAnswer, SourceQuestion } from './answer-source.ts'

/** Answers as tests say: at once with what `says` gives, or held by the test piece by piece. */
export interface ScriptedSource extends AnswerSource {
  readonly asked: SourceQuestion[]
  /** From now on the answers are written by the test itself, each by the script of its question. */
  hold(question: string): Script
}

export interface Script {
  /** Resolves when the question is being answered. */
  readonly begun: Promise<AbortSignal>
  push(...parts: AnswerPart[]): void
  delta(...texts: string[]): void
  /** @param answer differs from what is finished otherwise in this */
  finish(answer?: Partial<FinishedAnswer>): void
  fail(error: Error): void
}

export const finished = (question: string): FinishedAnswer => ({
  model_used: 'scripted',
  tokens_used: 7,
  confidence: 0.75,
  abstained: false,
  input_truncated: false,
  used_question_length: question.length,
  sources_used: [{ id: 'doc', title: 'A document' }],
  citations: [CITATION],
  details: { confidence_level: 'medium', reasoning: 'As scripted.' },
  warnings: [],
})

export const CITATION = {
  id: 1,
  type: 'rag',
  doc_id: 'doc',
  version: 1,
  chunk_id: 1,
  title: 'A document',
  url: null,
  page: null,
  quote: 'a quote',
  start_char: 0,
  end_char: 7,
  score: 0.5,
  verified: true,
  verdict: 'supported',
} as const

const GATE = { type: 'meta', data: { stage: 'rag_gate', rag_enabled: true, documents_attached: 0 } } as const

export function createScriptedSource(
  says = (question: string) => [`About ${question}: `, 'yes ', '[1].'],
): ScriptedSource {
  const asked: SourceQuestion[] = []
  const scripts = new Map<string, ReturnType<typeof createScript>>()
  return {
    asked,
    model: () => 'scripted',
    async check({ question }) {
      const text = question.trim()
      if (text === '') throw new AppError('empty_question', 'The question is empty.')
      return text
    },
    async *answer(question, { signal }) {
      asked.push(question)
      yield GATE
      const script = scripts.get(question.question)
      if (script !== undefined) {
        yield* script.parts(signal ?? new AbortController().signal, question.question)
        return
      }
      for (const content of says(question.question)) yield { type: 'delta', content }
      yield { type: 'done', answer: finished(question.question) }
    },
    hold(question) {
      const script = createScript()
      scripts.set(question, script)
      return script
    },
  }
}

type Command =
  | AnswerPart
  | { readonly type: 'finish'; readonly answer: Partial<FinishedAnswer> }
  | { readonly type: 'fail'; readonly error: Error }

function createScript() {
  const begun = Promise.withResolvers<AbortSignal>()
  const waiting: Command[] = []
  let heard = Promise.withResolvers<void>()
  const add = (...commands: Command[]): void => {
    waiting.push(...commands)
    heard.resolve()
  }
  return {
    begun: begun.promise,
    push: (...parts: AnswerPart[]) => add(...parts),
    delta: (...texts: string[]) => add(...texts.map((content) => ({ type: 'delta', content }) as const)),
    finish: (answer: Partial<FinishedAnswer> = {}) => add({ type: 'finish', answer }),
    fail: (error: Error) => add({ type: 'fail', error }),
    async *parts(signal: AbortSignal, question: string): AsyncGenerator<AnswerPart, void> {
      begun.resolve(signal)
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          if (next.type === 'fail') throw next.error
          if (next.type === 'finish') {
            yield { type: 'done', answer: { ...finished(question), ...next.answer } }
            return
          }
          yield next
        }
        await heard.promise
        heard = Promise.withResolvers()
      }
    },
  }
}
