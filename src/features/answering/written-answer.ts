import type { CallOptions, Evidence, FinishReason, LanguageModel, ModelMessage } from '../../core/ports.ts'
import { NO_ANSWER } from './prompt.ts'
import { addressesIn, createSafeText } from './safe-text.ts'
import { createStrictText, type JudgeClaims } from './strict-text.ts'
import { estimatedTokens } from './token-budget.ts'

export interface Asked {
  readonly messages: readonly ModelMessage[]
  readonly question: string
  readonly evidence: readonly Evidence[]
}

/** Who writes. */
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
 * a judge, without the sentences that no source supports. Where the model fails, what was held back is yielded first,
 * so that its reader has all that was written. Where several models stand behind one, it yields who takes over, too.
 */
export async function* writeAnswer(
  model: LanguageModel,
  asked: Asked,
  { judge, opening = '', ...options }: WriteOptions,
): AsyncGenerator<string | TakenOver, Written> {
  const known = new Set(asked.evidence.flatMap((passage) => addressesIn(passage.text)))
  const safe = createSafeText((address) => known.has(address))
  const strict = judge === undefined ? undefined : createStrictText(judge)
  let text = ''
  /** What the model wrote, as far as it is not decided whether it is an answer. */
  let head: string | undefined = model.writes ? '' : undefined
  let raw = 0
  let refused = false
  let finish: FinishReason = 'stop'
  let tokens: number | null = null
  let speaker: Speaker = { id: model.id, provider: model.provider, writes: model.writes }

  const shown = async (piece: string, isEnd: boolean): Promise<string> => {
    const kept = strict === undefined ? piece : await (isEnd ? strict.end(piece) : strict.push(piece))
    const first = text === '' ? kept.trimStart() : kept
    const given = text === '' && first !== '' ? opening + first : first
    text += given
    return given
  }
  const ended = (): Promise<string> => shown(safe.push(head ?? '') + safe.end(), true)

  try {
    for await (const event of model.stream(asked, options)) {
      if (event.type === 'finish') {
        finish = event.reason
        tokens = event.tokens
        continue
      }
      if (event.type === 'model') {
        speaker = { id: event.id, provider: event.provider, writes: model.writes }
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
      if (given !== '') yield given
    }
  } catch (error) {
    // A sentence that was not read to its end cannot be judged.
    if (options.signal?.aborted !== true && !refused && strict === undefined) {
      const rest = await ended()
      if (rest !== '') yield rest
    }
    throw error
  }
  if (!refused) {
    const rest = await ended()
    if (rest !== '') yield rest
  }
  const prompt = asked.messages.reduce((sum, { content }) => sum + estimatedTokens(content), 0)
  return { speaker, text, tokens: tokens ?? (model.writes ? prompt + raw : 0), finish }
}
