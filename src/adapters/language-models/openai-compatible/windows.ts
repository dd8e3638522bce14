/** What is known of OpenAI's models by the beginnings of their names, the first that fits; tokens. */
const WINDOWS: readonly (readonly [RegExp, number])[] = [
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-(?:[5-9]|\d\d)/, 400_000],
  [/^o\d/, 200_000],
  [/^(?:chatgpt-)?gpt-?4o|^chatgpt-4o|^gpt-4-(?:turbo|1106|0125)/, 128_000],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4/, 8192],
  [/^gpt-3\.5/, 16_385],
]

/** Small enough for almost every server of one's own; MAX_CONTEXT_TOKENS says it better. */
const UNKNOWN_WINDOW = 8192

export const windowOf = (model: string): number => WINDOWS.find(([name]) => name.test(model))?.[1] ?? UNKNOWN_WINDOW

/** Whether it thinks before it writes. */
export const thinks = (model: string): boolean => /^(?:o\d|gpt-(?:[5-9]|\d\d))/.test(model)

/** Models that think first refuse to be told a temperature. */
export const takesTemperature = (model: string): boolean => !thinks(model)
