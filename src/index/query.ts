/** A query taken apart. The conditions are texts, to be analysed like the passages. */
export interface ParsedQuery {
  /** What to look for, without operators and without what is excluded; as it was asked where there are none. */
  readonly text: string
  /** Each must stand in a passage, its words side by side and in this order. */
  readonly required: readonly string[]
  /** None may. */
  readonly excluded: readonly string[]
}

/**
 * Operators of a query: `"a phrase"` and `+word` must be in a passage, `-word` and `-"a phrase"` must not. Quotes may
 * be straight, curly or angular. A sign counts before a letter or a quote at the start of a word only, so that
 * `GPT-4o`, `C++`, `-5` and `+1` are what they look like; nor is the hyphen of a shortened compound a sign (`private
 * und -öffentliche`). A quote that is not closed is text.
 *
 * In a question, which ends with a question mark or begins with a question word, quotes name things, mostly titles, and
 * what answers it need not repeat them: there only quotes with a sign are conditions.
 */
export function parseQuery(query: string): ParsedQuery {
  const required: string[] = []
  const excluded: string[] = []
  const isQuestion = QUESTION.test(query)
  const text = query.replace(OPERAND, (match, ...rest: unknown[]) => {
    const { sign, signedWord, straight, curly, angular, word } = rest.at(-1) as Record<string, string | undefined>
    const offset = rest.at(-3) as number
    const operand = straight ?? curly ?? angular ?? word ?? ''
    const operator = sign ?? signedWord
    if (operator === '-') {
      if (word !== undefined && SHORTENED_COMPOUND.test(query.slice(0, offset))) return match
      excluded.push(operand)
      return ' '
    }
    if (operator === undefined && isQuestion) return match
    required.push(operand)
    return operand
  })
  return required.length + excluded.length === 0
    ? { text: query, required, excluded }
    : { text: text.trim(), required, excluded }
}

/** The query as a sentence, for a reader that knows no operators, as an embedder is; empty if it only excludes. */
export const queryText = (query: string): string => parseQuery(query).text

const QUESTION = /[?？؟]["”“»]?\s*$|^\s*(?:what|who|whom|whose|which|when|where|why|how)\s/i
const QUOTED = String.raw`(?:"(?<straight>[^"]+)"|[“„](?<curly>[^“”„]+)[”“]|«(?<angular>[^«»]+)»)`
const START = String.raw`(?<=^|[\s(])`
/** A straight quote does not open after a letter or a digit (`5" or 3"`), but where words have no spaces it must. */
const UNSIGNED = String.raw`(?<![\p{L}\p{N}+\-])|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])`
const OPERAND = new RegExp(
  String.raw`${START}(?<signedWord>[+\-])(?<word>\p{L}\S*)|(?:${START}(?<sign>[+\-])|${UNSIGNED})${QUOTED}`,
  'gu',
)
const SHORTENED_COMPOUND = /(?:^|\s)(?:und|oder|sowie|bzw\.|and|or|en|of|och|og|eller)\s+$/iu
