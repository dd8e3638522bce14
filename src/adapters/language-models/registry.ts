import { anthropic } from './anthropic/adapter.ts'
import { extractive } from './extractive/adapter.ts'
import { local } from './llama-cpp/adapter.ts'
import { ollama } from './ollama/adapter.ts'
import { openai } from './openai-compatible/adapter.ts'

/** Everything that writes answers, by the name that the configuration uses. */
export const languageModels = { extractive, openai, anthropic, ollama, local } as const
