import type { UserId } from '../../core/ids.ts'
import type { CallOptions, Evidence, LanguageModel } from '../../core/ports.ts'
import type { Answer, AnswerEvent, AnswerRequest, Claim } from './answer.ts'
import { buildPrompt } from './prompt.ts'
import { GENERAL_KNOWLEDGE_NOTE } from './wording.ts'
import { writeAnswer } from './written-answer.ts'

export interface DraftingDependencies {
  readonly languageModel: LanguageModel
  readonly settings: { readonly strict: boolean; readonly generalKnowledge: boolean }
  readonly judge: (
    owner: UserId,
    text: string,
    evidence: readonly Evidence[],
    options: CallOptions,
  ) => Promise<readonly Claim[]>
}

export interface Drafted {
  readonly request: AnswerRequest
  readonly question: string
  readonly evidence: readonly Evidence[]
  /** Whether the evidence is good enough to answer from. */
  readonly isAnswerable: boolean
}

/** What was written, before it is checked. */
export interface Draft extends Pick<Answer, 'basis' | 'tokens' | 'finish' | 'inputTruncated' | 'usedQuestionLength'> {
  /** Empty: nothing could be. */
  readonly text: string
  /** What could be cited. */
  readonly evidence: readonly Evidence[]
  /** Whether a model was asked at all. */
  readonly isAsked: boolean
}

/**
 * Has the text of an answer written: from the evidence where that is good enough, else, where it is allowed and the
 * model can, from what the model knows, marked as such. Yields the text as deltas.
 */
export function createDrafting({ languageModel, settings, judge }: DraftingDependencies) {
  async function* written(
    basis: Answer['basis'],
    { request, question, evidence }: Drafted,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const isGeneral = basis === 'general_knowledge'
    const citable = isGeneral ? [] : evidence
    const prompt = languageModel.writes
      ? buildPrompt({ ...request, question, evidence: citable, contextWindow: languageModel.contextWindow })
      : { messages: [], evidence: citable, usedQuestionLength: question.length, inputTruncated: false }
    const pieces = writeAnswer(
      languageModel,
      { messages: prompt.messages, question, evidence: prompt.evidence },
      {
        ...options,
        opening: isGeneral ? GENERAL_KNOWLEDGE_NOTE : undefined,
        judge: settings.strict ? (text) => judge(request.owner, text, prompt.evidence, options) : undefined,
      },
    )
    for (;;) {
      const piece = await pieces.next()
      if (piece.done === true) {
        const { text, tokens, finish } = piece.value
        const { evidence: shown, usedQuestionLength, inputTruncated } = prompt
        return {
          basis,
          text,
          tokens,
          finish: finish === 'length' || finish === 'filtered' ? finish : 'complete',
          evidence: shown,
          usedQuestionLength,
          inputTruncated,
          isAsked: true,
        }
      }
      yield { type: 'delta', content: piece.value }
    }
  }

  async function* draft(drafted: Drafted, options: CallOptions): AsyncGenerator<AnswerEvent, Draft> {
    const bases: Answer['basis'][] = [
      ...(drafted.isAnswerable ? (['evidence'] as const) : []),
      ...(settings.generalKnowledge && languageModel.writes ? (['general_knowledge'] as const) : []),
    ]
    let last: Draft = {
      basis: 'evidence',
      text: '',
      evidence: drafted.evidence,
      tokens: 0,
      finish: 'complete',
      usedQuestionLength: drafted.question.length,
      inputTruncated: false,
      isAsked: false,
    }
    for (const basis of bases) {
      const next = yield* written(basis, drafted, options)
      last = { ...next, tokens: last.tokens + next.tokens }
      if (last.text.trim() !== '') break
    }
    return last
  }

  return { draft }
}
