import type { Claim } from './answer.ts'
import { markedSentences } from './claims.ts'

/** The verdict on each sentence of a piece of an answer. */
export type JudgeClaims = (text: string) => Promise<readonly Claim[]>

export interface StrictText {
  /** The sentences that are whole now and supported. */
  push(text: string): Promise<string>
  /** The rest, with the last piece. */
  end(text: string): Promise<string>
}

/**
 * Holds an answer back until a sentence is whole, and lets it pass unless nothing supports it. A sentence without a
 * mark waits for the next one: it may be the first half of a quote.
 */
export function createStrictText(judge: JudgeClaims): StrictText {
  let held = ''

  async function judged(isEnd: boolean): Promise<string> {
    const spans = markedSentences(held)
    // Of the last sentence, and of marks behind it, more may come.
    const last = spans.slice(0, -1).findLast(({ numbers }) => numbers.length > 0)
    const end = isEnd ? held.length : (last?.end ?? 0)
    if (end === 0) return ''
    // With what comes behind, as that decides where a sentence ends.
    const text = held
    held = held.slice(end)
    let kept = ''
    let from = 0
    for (const claim of await judge(text)) {
      if (claim.end > end) break
      if (claim.verdict !== 'unsupported') kept += text.slice(from, claim.end)
      from = claim.end
    }
    return kept
  }

  return {
    push(text) {
      held += text
      return judged(false)
    },
    end(text) {
      held += text
      return judged(true)
    },
  }
}
