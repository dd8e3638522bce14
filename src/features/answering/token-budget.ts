/**
 * How long a text is for a model whose tokens are not known: a token for each three bytes of UTF-8. English has about
 * four bytes a token, Cyrillic five, Chinese three, so that the estimate is seldom too small.
 */
const BYTES_PER_TOKEN = 3

/** What a message costs besides its text. */
const PER_MESSAGE = 4

export const estimatedTokens = (text: string): number =>
  text === '' ? 0 : Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) + PER_MESSAGE

const encoder = new TextEncoder()

/** The longest beginning of a text within so many tokens, cut between words where one ends near the cut. */
export function cutToTokens(text: string, tokens: number): string {
  if (estimatedTokens(text) <= tokens) return text
  const bytes = Math.max(0, Math.floor((tokens - PER_MESSAGE) * BYTES_PER_TOKEN))
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes))
  const piece = text.slice(0, read)
  const space = piece.search(/\s\S*$/)
  return (space > 0.8 * piece.length ? piece.slice(0, space) : piece).trimEnd()
}
