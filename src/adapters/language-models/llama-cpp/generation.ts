import type { GenerateOptions, Llama, LlamaChat, LlamaContextSequence } from './library.ts'
import type { FinishReason, ModelEvent } from '../../../core/ports/language-models.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { emptyAnswer } from '../provider-failure.ts'
import { newCallId } from '../tools.ts'
import { chatHistoryOf, functionsOf } from './chat-history.ts'
import type { Prompt } from './messages.ts'

export interface LoadedModel {
  readonly llama: Llama
  readonly chat: LlamaChat
  readonly sequence: LlamaContextSequence
  readonly tokenizer: unknown
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number
}

/** Tokens of an answer where nobody says: a small model that repeats itself does it till it is stopped. */
const ANSWER_TOKENS = 2048

/** Tokens that the library writes by itself: the frame of a call, the end of a thought. */
const FRAME_TOKENS = 32

/** The window is full before the answer is whole. The library would go on without what stood first: the rules. */
class WindowFull extends Error {}

/** One answer. @throws ProviderFailure; the signal's reason */
export async function generate(
  { llama, chat, sequence, tokenizer, contextWindow }: LoadedModel,
  { messages, tools, output, maxTokens = ANSWER_TOKENS }: Prompt,
  give: (event: ModelEvent) => void,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const history = chatHistoryOf(messages)
  const functions = functionsOf(tools)
  const documentFunctionParams = functions !== undefined
  // What stands in a message is text to it: a token of the model's own that somebody has written there is spelt out.
  const prompt = chat.chatWrapper
    .generateContextState({ chatHistory: history, availableFunctions: functions, documentFunctionParams })
    .contextText.tokenize(tokenizer).length
  const left = contextWindow - prompt - FRAME_TOKENS
  if (left < 1) throw tooLong(prompt, contextWindow)

  const most = Math.min(maxTokens, left)
  const before = sequence.tokenMeter.usedOutputTokens
  let written = false
  const options: GenerateOptions = {
    signal,
    maxTokens: most,
    temperature: 0,
    // A citation and a name are repeated by right.
    repeatPenalty: false,
    budgets: { thoughtTokens: Math.ceil(most / 2) },
    contextShift: {
      strategy: () => {
        throw new WindowFull()
      },
    },
    onTextChunk(text) {
      if (text === '') return
      written = true
      give({ type: 'text-delta', text })
    },
    // It knows no tools beside a grammar.
    ...(output === undefined
      ? { functions, documentFunctionParams }
      : { grammar: await llama.createGrammarForJsonSchema(output.schema) }),
  }
  const { calls, reason } = await chat.generateResponse(history, options).then(
    ({ functionCalls = [], metadata }) => ({ calls: functionCalls, reason: reasonOf(metadata.stopReason) }),
    (error: unknown) => {
      if (error instanceof WindowFull) return { calls: [], reason: 'length' as const }
      throw error
    },
  )
  if (!written && calls.length === 0) throw emptyAnswer(reason)
  for (const { functionName: name, params } of calls) {
    give({ type: 'tool-call', call: { id: newCallId(), name, arguments: JSON.stringify(params ?? {}) } })
  }
  const tokens = prompt + sequence.tokenMeter.usedOutputTokens - before
  give({ type: 'finish', reason: calls.length > 0 ? 'tools' : reason, tokens })
}

const reasonOf = (stopped: string): Extract<FinishReason, 'stop' | 'length'> =>
  stopped === 'maxTokens' ? 'length' : 'stop'

const tooLong = (prompt: number, window: number): ProviderFailure =>
  new ProviderFailure(
    'upstream_failed',
    `The question with its sources has ${prompt} tokens, and the local model’s window ${window}: set MAX_CONTEXT_TOKENS to more where the model and the memory allow it, or ANSWER_SEARCH_STEPS to 0, which leaves its tools out.`,
    { kind: 'window' },
  )
