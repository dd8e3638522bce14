import type { UserId } from '../../core/ids.ts'
import type { CallOptions, Evidence, LanguageModel } from '../../core/ports.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import type { Answer, AnswerEvent, AnswerRequest, Claim } from './answer.ts'
import { buildPrompt } from './prompt.ts'
import { GENERAL_KNOWLEDGE_NOTE } from './wording.ts'
import { writeAnswer } from './written-answer.ts'
import type { Speaker, TakenOver } from './written-answer.ts'

export interface DraftingDependencies {
  readonly languageModel: LanguageModel
  /** Quotes where the language model could not write a word; undefined: such an answer fails. */
  readonly quoting: LanguageModel | undefined
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
  /** The same two as who quotes needs them, whose best sentences must be known first. */
  quotable(): Promise<Pick<Drafted, 'evidence' | 'isAnswerable'>>
}

/** What was written, before it is checked. */
export interface Draft extends Pick<Answer, 'basis' | 'tokens' | 'finish' | 'inputTruncated' | 'usedQuestionLength'> {
  /** Empty: nothing could be. */
  readonly text: string
  /** What could be cited. */
  readonly evidence: readonly Evidence[]
  /** Whether a model was asked at all. */
  readonly isAsked: boolean
  readonly speaker: Speaker
  /** Why it is not the one who should have spoken. */
  readonly modelFailure: string | undefined
}

/** What a draft came to before it was finished. */
interface Progress {
  /** Something was shown, which cannot be taken back. */
  isShown: boolean
  modelFailure: string | undefined
}

/**
 * Has the text of an answer written: from the evidence where that is good enough, else, where it is allowed and the
 * model can, from what the model knows, marked as such. Where the model fails before its first word, the sources are
 * quoted instead if somebody is there to do it. Yields the text as deltas.
 */
export function createDrafting({ languageModel, quoting, settings, judge }: DraftingDependencies) {
  async function* written(
    model: LanguageModel,
    basis: Answer['basis'],
    { request, question, evidence }: Drafted,
    progress: Progress,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const isGeneral = basis === 'general_knowledge'
    const citable = isGeneral ? [] : evidence
    const prompt = model.writes
      ? buildPrompt({ ...request, question, evidence: citable, contextWindow: model.contextWindow })
      : { messages: [], evidence: citable, usedQuestionLength: question.length, inputTruncated: false }
    const pieces = writeAnswer(
      model,
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
        const { text, tokens, finish, speaker } = piece.value
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
          speaker,
          modelFailure: progress.modelFailure,
        }
      }
      if (typeof piece.value === 'string') {
        progress.isShown = true
        yield { type: 'delta', content: piece.value }
      } else yield takenOver(piece.value, progress)
    }
  }

  /** The sources' own words, where nobody who writes could. */
  async function* quoted(
    model: LanguageModel,
    drafted: Drafted,
    progress: Progress,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const { evidence, isAnswerable } = drafted.isAnswerable ? await drafted.quotable() : drafted
    if (!isAnswerable) return { ...unwritten(drafted), speaker: model, modelFailure: progress.modelFailure }
    return yield* written(model, 'evidence', { ...drafted, evidence }, progress, options)
  }

  async function* draft(drafted: Drafted, options: CallOptions): AsyncGenerator<AnswerEvent, Draft> {
    const bases: Answer['basis'][] = [
      ...(drafted.isAnswerable ? (['evidence'] as const) : []),
      ...(settings.generalKnowledge && languageModel.writes ? (['general_knowledge'] as const) : []),
    ]
    const progress: Progress = { isShown: false, modelFailure: undefined }
    let last = unwritten(drafted)
    try {
      for (const basis of bases) {
        const next = yield* written(languageModel, basis, drafted, progress, options)
        last = { ...next, tokens: last.tokens + next.tokens }
        if (last.text.trim() !== '') break
      }
    } catch (error) {
      const isOver = progress.isShown || options.signal?.aborted === true
      if (quoting === undefined || isOver || !(error instanceof ProviderFailure && error.elsewhere)) throw error
      yield takenOver({ by: quoting, failed: error.message }, progress)
      const instead = yield* quoted(quoting, drafted, progress, options)
      return { ...instead, tokens: last.tokens + instead.tokens }
    }
    return last
  }

  const unwritten = (drafted: Drafted): Draft => ({
    basis: 'evidence',
    text: '',
    evidence: drafted.evidence,
    tokens: 0,
    finish: 'complete',
    usedQuestionLength: drafted.question.length,
    inputTruncated: false,
    isAsked: false,
    speaker: languageModel,
    modelFailure: undefined,
  })

  return { draft }
}

function takenOver({ by, failed }: TakenOver, progress: Progress): AnswerEvent {
  progress.modelFailure ??= failed
  const message = by.writes ? `${by.id} answers instead` : 'The sources are quoted instead'
  return { type: 'stage', stage: 'model', model: by.id, provider: by.provider, message, error: failed }
}
