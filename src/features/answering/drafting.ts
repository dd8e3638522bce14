import type { UserId } from '../../core/ids.ts'
import type { CallOptions, Clock, Evidence, LanguageModel, ModelEvent } from '../../core/ports.ts'
import type { Answer, AnswerEvent, AnswerRequest, Claim, SearchStep } from './answer.ts'
import type { Gathered } from './gathering.ts'
import type { Ledger } from './ledger.ts'
import { buildPrompt } from './prompt.ts'
import type { Prompt } from './prompt.ts'
import { searchLoop } from './search-loop.ts'
import type { LoopEvent, LoopLimits } from './search-loop.ts'
import type { Toolbox } from './tools.ts'
import { GENERAL_KNOWLEDGE_NOTE, missingPart } from './wording.ts'
import { writeAnswer } from './written-answer.ts'

export interface DraftingDependencies {
  readonly languageModel: LanguageModel
  readonly settings: { readonly strict: boolean; readonly generalKnowledge: boolean }
  readonly loop: LoopLimits
  readonly judge: (
    owner: UserId,
    text: string,
    evidence: readonly Evidence[],
    options: CallOptions,
  ) => Promise<readonly Claim[]>
  readonly clock: Clock
}

/** One of the questions that a question asks, and what was found for it. */
export interface Part {
  readonly question: string
  readonly search: Gathered
  /** Whether that is good enough to answer from. */
  readonly isAnswerable: boolean
}

export interface Drafted {
  readonly request: AnswerRequest
  readonly question: string
  readonly understood: Answer['understood']
  /** At least one. */
  readonly parts: readonly Part[]
  readonly ledger: Ledger
  /** With what a model may look further; undefined: it may not. */
  readonly toolbox: Toolbox | undefined
  /** Whether what was written from evidence that was not good enough at first may be shown. */
  readonly accept: (draft: Draft) => Promise<boolean>
}

/** What was written, before it is checked. */
export interface Draft extends Pick<
  Answer,
  'basis' | 'tokens' | 'finish' | 'inputTruncated' | 'usedQuestionLength' | 'steps'
> {
  /** Empty: nothing could be. */
  readonly text: string
  /** What could be cited. */
  readonly evidence: readonly Evidence[]
  /** Whether a model was asked at all. */
  readonly isAsked: boolean
}

const isAnswerable = ({ parts }: Pick<Drafted, 'parts'>): boolean => parts.some((part) => part.isAnswerable)

/**
 * Has the text of an answer written: from the evidence where that is good enough or the model may look for better, else,
 * where it is allowed and the model can, from what the model knows, marked as such. Yields the text as deltas, and how
 * the model looked further.
 */
export function createDrafting({ languageModel, settings, loop, judge, clock }: DraftingDependencies) {
  function promptFor(basis: Answer['basis'], drafted: Drafted, toolbox: Toolbox | undefined): Prompt {
    const { request, question, understood, ledger } = drafted
    const evidence = basis === 'general_knowledge' ? [] : ledger.evidence
    if (!languageModel.writes) {
      return {
        messages: [],
        evidence,
        usedQuestionLength: question.length,
        inputTruncated: false,
        boundary: '',
        left: 0,
      }
    }
    const { contextWindow } = languageModel
    return buildPrompt({ ...request, question, understood, evidence, contextWindow, tools: toolbox })
  }

  async function* written(
    basis: Answer['basis'],
    drafted: Drafted,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const { request, question } = drafted
    const isGeneral = basis === 'general_knowledge'
    const toolbox = isGeneral ? undefined : drafted.toolbox
    const prompt = promptFor(basis, drafted, toolbox)
    let shown: readonly Evidence[] = prompt.evidence
    const events: AsyncIterable<LoopEvent> = !languageModel.writes
      ? quoted(drafted.parts, options)
      : toolbox === undefined
        ? languageModel.stream({ messages: prompt.messages, question, evidence: shown }, options)
        : searchLoop(
            languageModel,
            {
              question,
              prompt,
              toolbox,
              lastPrompt: () => {
                const last = promptFor(basis, drafted, undefined)
                shown = last.evidence
                return last
              },
              onShown: (evidence) => (shown = [...shown, ...evidence]),
              limits: loop,
            },
            clock,
            options,
          )
    const pieces = writeAnswer(
      { events, messages: prompt.messages, evidence: () => shown, writes: languageModel.writes },
      {
        ...options,
        opening: isGeneral ? GENERAL_KNOWLEDGE_NOTE : undefined,
        judge: settings.strict ? (text) => judge(request.owner, text, shown, options) : undefined,
      },
    )
    const steps: SearchStep[] = []
    // What was found at first does not answer: what is written from what was found later is shown once it is checked.
    const isHeld = !isGeneral && !isAnswerable(drafted)
    for (;;) {
      const piece = await pieces.next()
      if (piece.done === true) {
        const { text, tokens, finish } = piece.value
        const draft: Draft = {
          basis,
          text,
          tokens,
          finish: finish === 'length' || finish === 'filtered' ? finish : 'complete',
          evidence: shown,
          usedQuestionLength: prompt.usedQuestionLength,
          inputTruncated: prompt.inputTruncated,
          steps,
          isAsked: true,
        }
        if (!isHeld || text.trim() === '') return draft
        if (!(await drafted.accept(draft))) return { ...draft, text: '' }
        yield { type: 'delta', content: text }
        return draft
      }
      const event = piece.value
      if (event.type === 'stage' && event.stage === 'search_step') steps.push(event.step)
      if (event.type !== 'delta' || !isHeld) yield event
    }
  }

  /** Each part in its own paragraph, from what was found for it; what nothing answers is said to be missing. */
  async function* quoted(parts: readonly Part[], options: CallOptions): AsyncGenerator<ModelEvent> {
    const [only, ...others] = parts
    if (only !== undefined && others.length === 0) {
      const { question, search } = only
      yield* languageModel.stream({ messages: [], question, evidence: search.evidence }, options)
      return
    }
    let separator = ''
    for (const { question, search, isAnswerable: mayAnswer } of parts) {
      if (separator !== '') yield { type: 'text-delta', text: separator }
      separator = '\n\n'
      if (!mayAnswer) yield { type: 'text-delta', text: missingPart(question) }
      else {
        for await (const event of languageModel.stream(
          { messages: [], question, evidence: search.evidence },
          options,
        )) {
          if (event.type !== 'finish') yield event
          else if (event.reason === 'abstain') yield { type: 'text-delta', text: missingPart(question) }
        }
      }
    }
    yield { type: 'finish', reason: 'stop', tokens: 0 }
  }

  async function* draft(drafted: Drafted, options: CallOptions): AsyncGenerator<AnswerEvent, Draft> {
    const bases: Answer['basis'][] = [
      ...(isAnswerable(drafted) || drafted.toolbox !== undefined ? (['evidence'] as const) : []),
      ...(settings.generalKnowledge && languageModel.writes ? (['general_knowledge'] as const) : []),
    ]
    let last: Draft = {
      basis: 'evidence',
      text: '',
      evidence: drafted.ledger.evidence,
      tokens: 0,
      finish: 'complete',
      usedQuestionLength: drafted.question.length,
      inputTruncated: false,
      steps: [],
      isAsked: false,
    }
    for (const basis of bases) {
      const next = yield* written(basis, drafted, options)
      last = { ...next, tokens: last.tokens + next.tokens, steps: [...last.steps, ...next.steps] }
      if (last.text.trim() !== '') break
    }
    return last
  }

  return { draft }
}
