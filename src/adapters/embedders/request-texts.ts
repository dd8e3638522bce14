import { estimateTokens } from './token-counter.ts'

export interface CutText {
  readonly text: string
  /** Estimated. */
  readonly tokens: number
}

/** The longest beginning of a text within so many tokens, or of such a share of those it has, by the estimate. */
export function cutTo(text: string, to: { readonly tokens: number } | { readonly share: number }): CutText {
  const whole = estimateTokens(text)
  const most = Math.max(1, 'tokens' in to ? to.tokens : Math.floor(whole * to.share))
  if (whole <= most) return { text, tokens: whole }
  let [fits, tooLong] = [0, text.length]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (estimateTokens(text.slice(0, middle)) <= most) fits = middle
    else tooLong = middle
  }
  const piece = text.slice(0, fits)
  // A word that the cut goes through is left out, where there are words.
  const space = piece.search(/\s\S*$/)
  const cut = (space > MOST_LOST * piece.length ? piece.slice(0, space) : piece).toWellFormed()
  return { text: cut, tokens: estimateTokens(cut) }
}

const MOST_LOST = 0.8

/** In order, so many in each as one request may have; a text that is alone may have more tokens. */
export function batches(
  texts: readonly CutText[],
  most: { readonly texts: number; readonly tokens: number },
): string[][] {
  const parts: string[][] = []
  let tokens = 0
  for (const text of texts) {
    const last = parts.at(-1)
    if (last !== undefined && last.length < most.texts && tokens + text.tokens <= most.tokens) {
      last.push(text.text)
      tokens += text.tokens
    } else {
      parts.push([text.text])
      tokens = text.tokens
    }
  }
  return parts
}

export function halves(texts: readonly string[]): [string[], string[]] {
  const middle = texts.length >> 1
  return [texts.slice(0, middle), texts.slice(middle)]
}
