import { canonicalText } from '../../core/canonical-text.ts'
import type { LanguageModel } from '../../core/ports/language-models.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { AnswerEvent, AnswerRequest } from './answer.ts'
import { isInContext, refersBack, standalone } from './follow-up.ts'
import { asksForOverview } from './overview-request.ts'
import { questionParts } from './question-parts.ts'

/** What a question asks for, to be searched for. */
export interface Understood {
  /** The question by itself, without the chat before it; most are so as they are asked. */
  readonly meant: string
  /** One or more questions, in the order of the answer. */
  readonly parts: readonly [string, ...string[]]
  /** It asks for what a text says as a whole, if the request names one. */
  readonly isOverview: boolean
}

export interface UnderstandingDependencies {
  readonly languageModel: LanguageModel
  readonly logger: Logger
}

/** Reads a question with the chat before it, and says so where it made something of it. */
export async function* understand(
  request: Pick<AnswerRequest, 'history' | 'question'>,
  question: string,
  deps: UnderstandingDependencies,
  options: CallOptions,
): AsyncGenerator<AnswerEvent, Understood> {
  if (asksForOverview(request.question, request.history)) {
    return { meant: question, parts: [question], isOverview: true }
  }
  return yield* toBeSearched(request, question, deps, options)
}

/** What is to be searched for, also where a question asks for a text as a whole and none is there. */
export async function* toBeSearched(
  { history = [] }: Pick<AnswerRequest, 'history'>,
  question: string,
  deps: UnderstandingDependencies,
  options: CallOptions,
): AsyncGenerator<AnswerEvent, Understood> {
  const meant = canonicalText(
    refersBack(question, history) ? await standalone(question, history, deps, options) : question,
  )
  const [first = meant, ...others] = isInContext(meant, question) ? [meant] : questionParts(meant)
  const parts: Understood['parts'] = [first, ...others]
  if (meant !== question || others.length > 0) yield { type: 'stage', stage: 'rewrite', question: meant, parts }
  return { meant, parts, isOverview: false }
}
