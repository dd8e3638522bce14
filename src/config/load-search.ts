import { remoteModelName } from '../core/embedding-model-name.ts'
import type { Config, Reranking } from './config.ts'
import type { Values } from './variables.ts'

const OPENAI = 'https://api.openai.com/v1'
const OPENAI_EMBEDDING_MODEL = 'text-embedding-3-small'
const OLLAMA = 'http://127.0.0.1:11434'

const RERANKERS = {
  cohere: { url: 'https://api.cohere.com/v2/rerank', model: 'rerank-v3.5' },
  jina: { url: 'https://api.jina.ai/v1/rerank', model: 'jina-reranker-v2-base-multilingual' },
} as const

const hasOpenAi = (values: Values): boolean =>
  values.OPENAI_API_KEY !== undefined || values.OPENAI_BASE_URL !== undefined

export function embeddingProblems(values: Values): string[] {
  const { EMBEDDING_PROVIDER: provider } = values
  const problems: string[] = []
  if (provider === 'openai' && !hasOpenAi(values)) {
    problems.push('EMBEDDING_PROVIDER=openai needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own')
  } else if (provider === 'openai' && values.OPENAI_BASE_URL !== undefined && openAiModel(values) === undefined) {
    problems.push('OPENAI_EMBEDDING_MODEL must name the model that OPENAI_BASE_URL serves')
  }
  if (provider === 'ollama' && values.EMBEDDING_MODEL === undefined) {
    problems.push('EMBEDDING_MODEL must name the model that Ollama serves, as in nomic-embed-text')
  }
  if (values.OLLAMA_BASE_URL !== undefined && hasCredentials(values.OLLAMA_BASE_URL)) {
    problems.push('OLLAMA_BASE_URL must not hold a user or a password')
  }
  return problems
}

const openAiModel = (values: Values): string | undefined => values.OPENAI_EMBEDDING_MODEL ?? values.EMBEDDING_MODEL

export function embedding(values: Values): Omit<Config['embedding'], 'threads' | 'cacheSize'> {
  return {
    model: servingModel(values),
    localOnly: values.EMBEDDING_PROVIDER === 'local',
    openai: hasOpenAi(values)
      ? { baseUrl: values.OPENAI_BASE_URL ?? OPENAI, apiKey: values.OPENAI_API_KEY }
      : undefined,
    ollama:
      values.OLLAMA_BASE_URL !== undefined || values.EMBEDDING_PROVIDER === 'ollama'
        ? { baseUrl: values.OLLAMA_BASE_URL ?? OLLAMA }
        : undefined,
    batchSize: values.EMBEDDING_BATCH_SIZE,
    maxTokens: values.EMBEDDING_MAX_TOKENS,
  }
}

function servingModel(values: Values): string | undefined {
  const { EMBEDDING_DIM: dimension } = values
  switch (values.EMBEDDING_PROVIDER) {
    case 'openai':
      return remoteModelName('openai', openAiModel(values) ?? OPENAI_EMBEDDING_MODEL, dimension)
    case 'ollama':
      return remoteModelName('ollama', values.EMBEDDING_MODEL ?? '', dimension)
    default:
      return values.LOCAL_EMBEDDING_MODEL
  }
}

export function rerankerProblems(values: Values): string[] {
  const { RERANKER: format, RERANKER_URL: address } = values
  if (format === 'none') return []
  const problems: string[] = []
  if (address === undefined && values.RERANKER_API_KEY === undefined) {
    problems.push(`RERANKER=${format} needs RERANKER_API_KEY, or RERANKER_URL for a server of your own`)
  }
  if (address !== undefined && values.RERANKER_MODEL === undefined) {
    problems.push('RERANKER_MODEL must name the model that RERANKER_URL serves')
  }
  if (address !== undefined && hasCredentials(address)) {
    problems.push('RERANKER_URL must not hold a user or a password: set RERANKER_API_KEY')
  }
  return problems
}

export function reranker(values: Values): Reranking | undefined {
  const { RERANKER: format, RERANKER_URL: address } = values
  if (format === 'none') return undefined
  const usual = RERANKERS[format]
  return {
    format,
    url: address === undefined ? usual.url : whole(address),
    apiKey: values.RERANKER_API_KEY,
    model: values.RERANKER_MODEL ?? usual.model,
  }
}

/** A base URL, or the address of the endpoint itself. */
function whole(address: string): string {
  const base = address.replace(/\/+$/, '')
  return base.endsWith('/rerank') ? base : `${base}/rerank`
}

function hasCredentials(address: string): boolean {
  const { username, password } = new URL(address)
  return username !== '' || password !== ''
}
