import type { Evidence, FinishReason, LanguageModel, ModelMessage } from '../../core/ports/language-models.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { AnswerEvent } from './answer.ts'
import { NO_ANSWER } from './prompt.ts'
import { createSafeText } from './safe-text.ts'
import type { LoopEvent } from './search-loop.ts'
import { createStrictText, type JudgeClaims } from './strict-text.ts'
import { estimatedTokens } from './token-budget.ts'
import { knownAddresses } from './web-addresses.ts'

export interface Writing {
  readonly events: AsyncIterable<LoopEvent>
  /** Of the first turn. */
  readonly messages: readonly ModelMessage[]
  /** What the model was shown so far: its addresses may stand in the answer. */
  readonly evidence: () => readonly Evidence[]
  /** Who is asked. */
  readonly speaker: Speaker
}

/** Who writes, or quotes. */
export type Speaker = Pick<LanguageModel, 'id' | 'provider' | 'writes'>

/** Another takes over, before the first word. */
export interface TakenOver {
  readonly by: Speaker
  /** Why, in a sentence. */
  readonly failed: string
}

export interface Written {
  readonly speaker: Speaker
  /** Empty: the model had nothing to say, or nothing that holds. */
  readonly text: string
  readonly tokens: number
  readonly finish: FinishReason
}

export interface WriteOptions extends CallOptions {
  /** Drops the sentences that it does not find supported; undefined: all stay. */
  readonly judge?: JudgeClaims | undefined
  /** Goes before the first word, if there is one. */
  readonly opening?: string | undefined
}

/** The one word that says that the evidence does not answer, in whatever dress a model gives it. */
const DRESS = /^[\s*_`"'“”([{.]+/
/** A model that has said it and goes on talking is not heard out. */
const LONGEST_EXCUSE = 2000

/**
 * A model's text as it may be shown, while it is being written. It yields the pieces of the text, made safe and, with
 * a judge, without the sentences that no source supports; between them, how the model looks further and, where several
 * stand behind one, who takes over. Where the model fails, what was held back is yielded first, so that its reader has
 * all that was written.
 */
export async function* writeAnswer(
  { events, messages, evidence, speaker: first }: Writing,
  { judge, opening = '', ...options }: WriteOptions,
): AsyncGenerator<AnswerEvent | TakenOver, Written> {
  const { writes } = first
  const safe = createSafeText(knownAddresses(evidence, first))
  const strict = judge === undefined ? undefined : createStrictText(judge)
  let text = ''
  /** What the model wrote, as far as it is not decided whether it is an answer. */
  let head: string | undefined = writes ? '' : undefined
  let raw = 0
  let refused = false
  let finish: FinishReason = 'stop'
  let tokens: number | null = null
  let speaker = first

  const shown = async (piece: string, isEnd: boolean): Promise<string> => {
    const kept = strict === undefined ? piece : await (isEnd ? strict.end(piece) : strict.push(piece))
    const first = text === '' ? kept.trimStart() : kept
    const given = text === '' && first !== '' ? opening + first : first
    text += given
    return given
  }
  const ended = (): Promise<string> => shown(safe.push(head ?? '') + safe.end(), true)

  try {
    for await (const event of events) {
      if (event.type === 'finish') {
        finish = event.reason
        tokens = event.tokens
        continue
      }
      if (event.type === 'step') yield { type: 'stage', stage: 'search_step', step: event.step }
      if (event.type === 'model') {
        speaker = { id: event.id, provider: event.provider, writes }
        if (event.failed !== undefined) yield { by: speaker, failed: event.failed }
      }
      if (event.type !== 'text-delta') continue
      raw += estimatedTokens(event.text)
      let piece = event.text
      if (head !== undefined) {
        head += piece
        const word = head.replace(DRESS, '')
        if (word.startsWith(NO_ANSWER)) {
          refused = true
          if (head.length > LONGEST_EXCUSE) break
          continue
        }
        if (NO_ANSWER.startsWith(word)) continue
        piece = head
        head = undefined
      }
      const given = await shown(safe.push(piece), false)
      if (given !== '') yield { type: 'delta', content: given }
    }
  } catch (error) {
    // A sentence that was not read to its end cannot be judged.
    if (options.signal?.aborted !== true && !refused && strict === undefined) {
      const rest = await ended()
      if (rest !== '') yield { type: 'delta', content: rest }
    }
    throw error
  }
  if (!refused) {
    const rest = await ended()
    if (rest !== '') yield { type: 'delta', content: rest }
  }
  const prompt = messages.reduce((sum, { content }) => sum + estimatedTokens(content), 0)
  return { speaker, text, tokens: tokens ?? (writes ? prompt + raw : 0), finish }
}
