import { resolve } from 'node:path'
import { assertNever } from '../core/errors.ts'
import type { Writer } from './config.ts'
import type { Values } from './variables.ts'

type Provider = Writer['provider']

/** In the order in which LLM_PROVIDER=auto looks for them. */
const PROVIDERS = ['openai', 'anthropic', 'ollama', 'local'] as const satisfies readonly Provider[]

const OPENAI = 'https://api.openai.com/v1'
const OPENAI_MODEL = 'gpt-4o-mini'
const ANTHROPIC = 'https://api.anthropic.com'
const ANTHROPIC_MODEL = 'claude-haiku-4-5'
const OLLAMA = 'http://127.0.0.1:11434'

const NEEDS: Readonly<Record<Provider, string>> = {
  openai: 'OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own',
  anthropic: 'ANTHROPIC_API_KEY',
  ollama: 'OLLAMA_MODEL, the name of a model that Ollama has',
  local: 'LOCAL_LLM_MODEL, the GGUF file of a model',
}

/** Whether the settings of a provider are there. What is set for embeddings alone makes nobody write. */
const IS_CONFIGURED: Readonly<Record<Provider, (values: Values) => boolean>> = {
  openai: ({ OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL: model, EMBEDDING_PROVIDER }) =>
    (OPENAI_API_KEY !== undefined || OPENAI_BASE_URL !== undefined) &&
    (model !== undefined || EMBEDDING_PROVIDER !== 'openai'),
  anthropic: ({ ANTHROPIC_API_KEY }) => ANTHROPIC_API_KEY !== undefined,
  ollama: ({ OLLAMA_MODEL }) => OLLAMA_MODEL !== undefined,
  local: ({ LOCAL_LLM_MODEL }) => LOCAL_LLM_MODEL !== undefined,
}

const ADDRESSES = ['OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'OLLAMA_BASE_URL'] as const

export function writerProblems(values: Values): string[] {
  const { LLM_PROVIDER: provider, LLM_FALLBACK: fallback = [] } = values
  const problems: string[] = []
  for (const name of PROVIDERS) {
    if (IS_CONFIGURED[name](values)) continue
    if (provider === name) problems.push(`LLM_PROVIDER=${name} needs ${NEEDS[name]}`)
    else if (fallback.includes(name)) problems.push(`LLM_FALLBACK names ${name}, which needs ${NEEDS[name]}`)
  }
  if (fallback.includes('none') && fallback.length > 1) problems.push('LLM_FALLBACK must name nobody besides none')
  const isAsked = provider !== 'extractive' && IS_CONFIGURED.openai(values)
  if (isAsked && values.OPENAI_BASE_URL !== undefined && values.OPENAI_MODEL === undefined) {
    problems.push('OPENAI_MODEL must name the model that OPENAI_BASE_URL serves')
  }
  for (const name of ADDRESSES) {
    const address = values[name]
    if (address === undefined) continue
    const { username, password } = new URL(address)
    if (username === '' && password === '') continue
    const instead = name === 'OLLAMA_BASE_URL' ? '' : `: set ${name.replace('BASE_URL', 'API_KEY')}`
    problems.push(`${name} must not hold a user or a password${instead}`)
  }
  if (values.ANSWER_STRICT && values.ANSWER_GENERAL_KNOWLEDGE) {
    problems.push('ANSWER_GENERAL_KNOWLEDGE must be false while ANSWER_STRICT is true: such answers have no source')
  }
  return problems
}

/**
 * Who writes, in the order in which they are asked, and whether an answer is quoted where none of them can. `cwd`: the
 * folder that the path of a model is relative to.
 */
export function writersOf(
  values: Values,
  cwd: string,
): { readonly writers: readonly Writer[]; readonly quotesInstead: boolean } {
  const { LLM_PROVIDER: provider, LLM_FALLBACK: fallback } = values
  if (provider === 'extractive') return { writers: [], quotesInstead: true }
  const configured = PROVIDERS.filter((name) => IS_CONFIGURED[name](values))
  const first = provider === 'auto' ? configured[0] : provider
  if (first === undefined) return { writers: [], quotesInstead: true }
  const others = fallback ?? [...configured, 'extractive' as const]
  const quotes = others.indexOf('extractive')
  // Behind one who cannot fail nobody is asked.
  const before = quotes === -1 ? others : others.slice(0, quotes)
  const names = [first, ...providersIn(before)]
  return {
    writers: [...new Set(names)].map((name) => writer(name, values, cwd)),
    quotesInstead: quotes !== -1,
  }
}

const providersIn = (names: readonly string[]): Provider[] =>
  names.flatMap((name) => PROVIDERS.find((provider) => provider === name) ?? [])

function writer(provider: Provider, values: Values, cwd: string): Writer {
  const contextWindow = values.MAX_CONTEXT_TOKENS
  switch (provider) {
    case 'openai':
      return {
        provider,
        apiKey: values.OPENAI_API_KEY,
        baseUrl: values.OPENAI_BASE_URL ?? OPENAI,
        model: values.OPENAI_MODEL ?? OPENAI_MODEL,
        contextWindow,
      }
    case 'anthropic':
      return {
        provider,
        apiKey: values.ANTHROPIC_API_KEY ?? '',
        baseUrl: values.ANTHROPIC_BASE_URL ?? ANTHROPIC,
        model: values.ANTHROPIC_MODEL ?? ANTHROPIC_MODEL,
        contextWindow,
      }
    case 'ollama':
      return {
        provider,
        baseUrl: values.OLLAMA_BASE_URL ?? OLLAMA,
        model: values.OLLAMA_MODEL ?? '',
        contextWindow,
      }
    case 'local':
      return {
        provider,
        file: resolve(cwd, values.LOCAL_LLM_MODEL ?? ''),
        contextWindow,
        threads: values.LOCAL_LLM_THREADS,
      }
    default:
      return assertNever(provider)
  }
}
