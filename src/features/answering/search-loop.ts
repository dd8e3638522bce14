import type { Evidence, LanguageModel, ModelEvent, ModelMessage, ToolCall } from '../../core/ports/language-models.ts'
import type { CallOptions, Clock } from '../../core/ports/surroundings.ts'
import { type FailureKind, ProviderFailure } from '../../core/provider-failure.ts'
import type { SearchStep } from './answer.ts'
import { MARK } from './claims.ts'
import type { Prompt } from './prompt.ts'
import { mayBeRemark } from './remark.ts'
import { estimatedTokens } from './token-budget.ts'
import type { Toolbox } from './tools.ts'

/** What a model does that may look further before it writes. */
export type LoopEvent = ModelEvent | { readonly type: 'step'; readonly step: SearchStep }

export interface LoopLimits {
  /** Calls of tools. */
  readonly steps: number
  /** After which none is run any more. */
  readonly milliseconds: number
}

export interface LoopInput {
  readonly question: string
  /** With tools. */
  readonly prompt: Prompt
  readonly toolbox: Toolbox
  /** The prompt for the last word: all the evidence, and no tools. */
  readonly lastPrompt: () => Prompt
  /** Hears what the model was shown of the evidence. */
  readonly onShown: (evidence: readonly Evidence[]) => void
  readonly limits: LoopLimits
}

/** One result fills at most so many tokens, and all together so many. */
const TOKENS_OF_RESULT = 2500
const TOKENS_OF_RESULTS = 12_000
/** With less room a result says nothing. */
const FEWEST_TOKENS = 200
/** Calls that make no sense: a model that gets so many wrong one after the other is asked without tools. */
const MOST_WRONG = 2
/**
 * What a model says before it calls a tool ("Let me look …") is no part of the answer. Whether it is that is told by what
 * comes next, so a beginning that sounds like it waits until it cites something or is too long for a remark. In UTF-16
 * code units.
 */
const LONGEST_REMARK = 240

/**
 * Lets a model look further with tools until it writes: what it calls is run, and the results go back to it, within
 * limits of steps, time and tokens. Its last turn has no tools, so that it must answer; likewise one that calls them
 * wrongly. Ends with `finish` of the turn that wrote; its tokens are those of all turns.
 * @throws what the model throws, but where it refuses tools, or they and their results are too much for its window: then
 * it is asked without them
 */
export async function* searchLoop(
  model: LanguageModel,
  { question, prompt, toolbox, lastPrompt, onShown, limits }: LoopInput,
  clock: Clock,
  options: CallOptions,
): AsyncGenerator<LoopEvent> {
  const messages: ModelMessage[] = [...prompt.messages]
  const until = clock.now().getTime() + limits.milliseconds
  let evidence: readonly Evidence[] = prompt.evidence
  let room = Math.min(prompt.left, TOKENS_OF_RESULTS)
  let steps = 0
  let wrong = 0
  let tokens: number | null = 0
  const counted = (more: number | null): void => {
    tokens = tokens === null || more === null ? null : tokens + more
  }
  const mayGoOn = (): boolean =>
    steps < limits.steps && wrong < MOST_WRONG && room >= FEWEST_TOKENS && clock.now().getTime() < until

  while (mayGoOn()) {
    const turn = yield* turnWithTools(model, { messages, question, evidence, tools: toolbox.tools }, options)
    if (turn === 'refused') break
    counted(turn.tokens)
    if (turn.calls.length === 0) {
      yield { type: 'finish', reason: turn.reason, tokens }
      return
    }
    messages.push({ role: 'assistant', content: turn.text, toolCalls: turn.calls })
    for (const call of turn.calls) {
      if (!mayGoOn()) {
        messages.push({ role: 'tool', callId: call.id, name: call.name, content: 'No more tools can be used.' })
        continue
      }
      const used = await toolbox.use(call, prompt.boundary, Math.min(room, TOKENS_OF_RESULT), options)
      steps++
      wrong = used.step.problem === null ? 0 : wrong + 1
      room -= estimatedTokens(used.content)
      onShown(used.shown)
      evidence = [...evidence, ...used.shown]
      messages.push({ role: 'tool', callId: call.id, name: call.name, content: used.content })
      yield { type: 'step', step: used.step }
    }
  }
  const last = lastPrompt()
  for await (const event of model.stream({ messages: last.messages, question, evidence: last.evidence }, options)) {
    if (event.type === 'tool-call') continue
    if (event.type !== 'finish') yield event
    else {
      counted(event.tokens)
      yield { ...event, reason: event.reason === 'tools' ? 'stop' : event.reason, tokens }
    }
  }
}

interface Turn {
  /** What was written and not given out. */
  readonly text: string
  readonly calls: readonly ToolCall[]
  readonly reason: Extract<ModelEvent, { type: 'finish' }>['reason']
  readonly tokens: number | null
}

/** One turn of the model. What it writes is given out, but for a remark before a call. */
async function* turnWithTools(
  model: LanguageModel,
  request: Parameters<LanguageModel['stream']>[0],
  options: CallOptions,
): AsyncGenerator<LoopEvent, Turn | 'refused'> {
  const calls: ToolCall[] = []
  let held = ''
  let isHeld = true
  let text = ''
  let end: Pick<Turn, 'reason' | 'tokens'> = { reason: 'stop', tokens: null }
  try {
    for await (const event of model.stream(request, options)) {
      if (event.type === 'tool-call') calls.push(event.call)
      else if (event.type === 'finish') end = { reason: event.reason, tokens: event.tokens }
      else if (event.type === 'model') yield event
      else {
        text += event.text
        if (!isHeld) yield event
        else {
          held += event.text
          if (calls.length > 0 || (mayBeRemark(held) && held.length <= LONGEST_REMARK && !holdsMark(held))) continue
          isHeld = false
          yield { type: 'text-delta', text: held }
        }
      }
    }
  } catch (error) {
    if (error instanceof ProviderFailure && WITHOUT_TOOLS.has(error.kind) && isHeld) return 'refused'
    throw error
  }
  if (calls.length === 0 && isHeld) {
    if (held !== '') yield { type: 'text-delta', text: held }
    else if (end.reason !== 'abstain') throw emptyTurn()
  }
  // What was given out cannot be taken back, and is the answer: what is called behind it comes too late.
  if (!isHeld) calls.length = 0
  // A provider that ends with `tools` and names none has said nothing that could be done.
  return { text, calls, reason: end.reason === 'tools' ? 'stop' : end.reason, tokens: end.tokens }
}

/** Failures that the same question without tools may be spared. */
const WITHOUT_TOOLS: ReadonlySet<FailureKind> = new Set(['tools', 'window'])

const holdsMark = (text: string): boolean => text.search(MARK) !== -1

const emptyTurn = (): ProviderFailure =>
  new ProviderFailure('upstream_failed', 'The language model gave an empty answer.', { kind: 'unavailable' })
