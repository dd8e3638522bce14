const LONGEST_MESSAGE = 300
/** Keys as OpenAI, Anthropic and others write them, also where the service has starred a part of one. */
const KEY = /\b(?:sk|pk|rk|key|api)[-_][\w*.-]{6,}|\bBearer\s+\S+/gi
const CREDENTIALS_IN_URL = /\/\/[^/\s@]+@/g

/** A provider's own words, fit to be shown: one line, not long, without keys, tokens and passwords. */
export function withoutSecrets(message: string, key: string | undefined): string {
  const hidden = key === undefined || key === '' ? message : message.replaceAll(key, '***')
  const line = hidden
    .replace(KEY, '***')
    .replace(CREDENTIALS_IN_URL, '//***@')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE).toWellFormed()} …` : line
}
