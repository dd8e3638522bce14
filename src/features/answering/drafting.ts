import type { UserId } from '../../core/ids.ts'
import type { Evidence, LanguageModel, ModelEvent, ModelRequest } from '../../core/ports/language-models.ts'
import type { CallOptions, Clock } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import type { Answer, AnswerEvent, AnswerRequest, Claim, SearchStep } from './answer.ts'
import { quotableEvidence } from './found-instructions.ts'
import type { Gathered } from './gathering.ts'
import type { Ledger } from './ledger.ts'
import { buildPrompt } from './prompt.ts'
import type { Prompt } from './prompt.ts'
import { searchLoop } from './search-loop.ts'
import type { LoopEvent, LoopLimits } from './search-loop.ts'
import type { Toolbox } from './tools.ts'
import { generalKnowledgeNote, headingOf, inNotice, missingPart } from './wording.ts'
import { writeAnswer } from './written-answer.ts'
import type { Speaker, TakenOver } from './written-answer.ts'

export interface DraftingDependencies {
  readonly languageModel: LanguageModel
  /** Quotes where the language model could not write a word; undefined: such an answer fails. */
  readonly quoting: LanguageModel | undefined
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
  /** Of the text that it sums up, where there are several. */
  readonly title?: string | undefined
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
  /** The parts as who quotes needs them, whose best sentences must be known first. */
  readonly quotable: () => Promise<readonly Part[]>
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
  readonly speaker: Speaker
  /** Why it is not the one who should have spoken. */
  readonly modelFailure: string | undefined
}

/** What a draft came to before it was finished. */
interface Progress {
  /** Something was shown, which cannot be taken back. */
  isShown: boolean
  modelFailure: string | undefined
  readonly steps: SearchStep[]
}

const isAnswerable = ({ parts }: Pick<Drafted, 'parts'>): boolean => parts.some((part) => part.isAnswerable)

/**
 * Has the text of an answer written: from the evidence where that is good enough or the model may look for better, else,
 * where it is allowed and the model can, from what the model knows, marked as such. Where the model fails before its
 * first word, the sources are quoted instead if somebody is there to do it. Yields the text as deltas, and how the model
 * looked further.
 */
export function createDrafting({ languageModel, quoting, settings, loop, judge, clock }: DraftingDependencies) {
  function promptFor(basis: Answer['basis'], drafted: Drafted, toolbox: Toolbox | undefined): Prompt {
    const { request, question, understood, ledger } = drafted
    const evidence = basis === 'general_knowledge' ? [] : ledger.distinct()
    const { contextWindow } = languageModel
    return buildPrompt({ ...request, question, understood, evidence, contextWindow, tools: toolbox })
  }

  /** What the language model writes. */
  async function* written(
    basis: Answer['basis'],
    drafted: Drafted,
    progress: Progress,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const { question } = drafted
    const toolbox = basis === 'general_knowledge' ? undefined : drafted.toolbox
    const prompt = promptFor(basis, drafted, toolbox)
    let shown: readonly Evidence[] = prompt.evidence
    drafted.ledger.show(shown)
    const lastPrompt = (): Prompt => {
      const last = promptFor(basis, drafted, undefined)
      shown = last.evidence
      return last
    }
    const onShown = (evidence: readonly Evidence[]): void => {
      shown = [...shown, ...evidence]
    }
    const events: AsyncIterable<LoopEvent> =
      toolbox === undefined
        ? languageModel.stream({ messages: prompt.messages, question, evidence: shown }, options)
        : searchLoop(languageModel, { question, prompt, toolbox, lastPrompt, onShown, limits: loop }, clock, options)
    return yield* shownText(
      basis,
      drafted,
      { speaker: languageModel, prompt, events, evidence: () => shown },
      progress,
      options,
    )
  }

  /** The sources' own words. */
  async function* quoted(
    model: LanguageModel,
    drafted: Drafted,
    progress: Progress,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const parts = drafted.parts.map((part) => ({ ...part, evidence: quotableEvidence(part.search.evidence) }))
    const evidence = parts.flatMap((part) => part.evidence)
    const prompt = { messages: [], usedQuestionLength: drafted.question.length, inputTruncated: false }
    const events = quotedParts(model, parts, options)
    return yield* shownText(
      'evidence',
      drafted,
      { speaker: model, prompt, events, evidence: () => evidence },
      progress,
      options,
    )
  }

  async function* shownText(
    basis: Answer['basis'],
    drafted: Drafted,
    {
      speaker: model,
      prompt,
      events,
      evidence,
    }: {
      readonly speaker: LanguageModel
      readonly prompt: Pick<Prompt, 'messages' | 'usedQuestionLength' | 'inputTruncated'>
      readonly events: AsyncIterable<LoopEvent>
      readonly evidence: () => readonly Evidence[]
    },
    progress: Progress,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Draft> {
    const isGeneral = basis === 'general_knowledge'
    const { owner } = drafted.request
    // What says that a part has no answer needs no source.
    const judged = (text: string, claims: readonly Claim[]): Claim[] => {
      const isNotice = inNotice(text, drafted.parts)
      return claims.map((claim) => (isNotice(claim) ? { ...claim, verdict: 'doubtful' } : claim))
    }
    const pieces = writeAnswer(
      { events, messages: prompt.messages, evidence, speaker: speakerOf(model) },
      {
        ...options,
        opening: isGeneral ? generalKnowledgeNote(drafted.ledger.evidence) : undefined,
        judge: settings.strict
          ? async (text) => judged(text, await judge(owner, text, evidence(), options))
          : undefined,
      },
    )
    // What was found at first does not answer: what is written from what was found later is shown once it is checked.
    const isHeld = !isGeneral && !isAnswerable(drafted)
    for (;;) {
      const piece = await pieces.next()
      if (piece.done === true) {
        const { text, tokens, finish, speaker } = piece.value
        const draft: Draft = {
          basis,
          text,
          tokens,
          finish: finish === 'length' || finish === 'filtered' ? finish : 'complete',
          evidence: evidence(),
          usedQuestionLength: prompt.usedQuestionLength,
          inputTruncated: prompt.inputTruncated,
          steps: progress.steps,
          isAsked: true,
          speaker,
          modelFailure: progress.modelFailure,
        }
        if (!isHeld || text.trim() === '') return draft
        if (!(await drafted.accept(draft))) return { ...draft, text: '' }
        yield { type: 'delta', content: text }
        return draft
      }
      const event = piece.value
      if (!('type' in event)) yield takenOver(event, progress)
      else {
        if (event.type === 'stage' && event.stage === 'search_step') progress.steps.push(event.step)
        if (event.type === 'delta' && isHeld) continue
        progress.isShown ||= event.type === 'delta'
        yield event
      }
    }
  }

  async function* draft(drafted: Drafted, options: CallOptions): AsyncGenerator<AnswerEvent, Draft> {
    const progress: Progress = { isShown: false, modelFailure: undefined, steps: [] }
    const nothing = unwritten(drafted, languageModel, progress)
    if (!languageModel.writes) {
      return isAnswerable(drafted) ? yield* quoted(languageModel, drafted, progress, options) : nothing
    }
    const bases: Answer['basis'][] = [
      ...(isAnswerable(drafted) || drafted.toolbox !== undefined ? (['evidence'] as const) : []),
      ...(settings.generalKnowledge ? (['general_knowledge'] as const) : []),
    ]
    let last = nothing
    try {
      for (const basis of bases) {
        const next = yield* written(basis, drafted, progress, options)
        last = { ...next, tokens: last.tokens + next.tokens }
        if (last.text.trim() !== '') break
      }
    } catch (error) {
      const isOver = progress.isShown || options.signal?.aborted === true
      if (quoting === undefined || isOver || !(error instanceof ProviderFailure && error.elsewhere)) throw error
      yield takenOver({ by: quoting, failed: error.message }, progress)
      const parts = isAnswerable(drafted) ? await drafted.quotable() : drafted.parts
      const instead = { ...drafted, parts }
      const draft = isAnswerable(instead)
        ? yield* quoted(quoting, instead, progress, options)
        : unwritten(instead, quoting, progress)
      return { ...draft, tokens: last.tokens + draft.tokens }
    }
    return last
  }

  return { draft }
}

const speakerOf = ({ id, provider, writes }: LanguageModel): Speaker => ({ id, provider, writes })

const unwritten = ({ ledger, question }: Drafted, model: LanguageModel, { modelFailure, steps }: Progress): Draft => ({
  basis: 'evidence',
  text: '',
  evidence: ledger.evidence,
  tokens: 0,
  finish: 'complete',
  usedQuestionLength: question.length,
  inputTruncated: false,
  steps,
  isAsked: false,
  speaker: speakerOf(model),
  modelFailure,
})

/** Of a summary every sentence that was chosen is shown. */
const quoteOf = ({ ranking }: Gathered): ModelRequest['quote'] => (ranking.overview === undefined ? undefined : 'all')

/** Each part in its own paragraph, from what was found for it, of several texts under the name of each; what nothing answers is said to be missing. */
async function* quotedParts(
  model: LanguageModel,
  parts: readonly (Part & { readonly evidence: readonly Evidence[] })[],
  options: CallOptions,
): AsyncGenerator<ModelEvent> {
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0) {
    const { question, evidence, search } = only
    yield* model.stream({ messages: [], question, evidence, quote: quoteOf(search) }, options)
    return
  }
  let separator = ''
  for (const { question, title, evidence, search, isAnswerable: mayAnswer } of parts) {
    if (separator !== '') yield { type: 'text-delta', text: separator }
    separator = '\n\n'
    if (title !== undefined) yield { type: 'text-delta', text: `${headingOf(title)}\n\n` }
    if (!mayAnswer) yield { type: 'text-delta', text: missingPart(question) }
    else {
      const request = { messages: [], question, evidence, quote: quoteOf(search) }
      for await (const event of model.stream(request, options)) {
        if (event.type !== 'finish') yield event
        else if (event.reason === 'abstain') yield { type: 'text-delta', text: missingPart(question) }
      }
    }
  }
  yield { type: 'finish', reason: 'stop', tokens: 0 }
}

function takenOver({ by, failed }: TakenOver, progress: Progress): AnswerEvent {
  progress.modelFailure ??= failed
  const message = by.writes ? `${by.id} answers instead` : 'The sources are quoted instead'
  return { type: 'stage', stage: 'model', model: by.id, provider: by.provider, message, error: failed }
}
