import { extractive } from './extractive/adapter.ts'

/**
 * Everything that writes answers, by the name that the configuration uses. What quotes is always there; the others are
 * loaded where they are configured, so that a service which needs none of them does not keep their code.
 */
export const languageModels = {
  extractive,
  openai: async () => (await import('./openai-compatible/adapter.ts')).openai,
  anthropic: async () => (await import('./anthropic/adapter.ts')).anthropic,
  ollama: async () => (await import('./ollama/adapter.ts')).ollama,
  local: async () => (await import('./llama-cpp/adapter.ts')).local,
} as const
