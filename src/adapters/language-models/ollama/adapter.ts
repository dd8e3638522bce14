import { z } from 'zod'
import type { LanguageModel, Logger, ServiceFetch } from '../../../core/ports.ts'
import { Limits, Pause } from '../patience.ts'
import { createOllamaModel } from './model.ts'

const Config = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:11434'),
  model: z.string().min(1),
  contextWindow: z.int().min(1).optional(),
  limits: Limits,
  pause: Pause,
})

export type OllamaConfig = z.input<typeof Config>

/** Models of one's own, served by Ollama. */
export const ollama = {
  kind: 'ollama',
  config: Config,
  create: (config: OllamaConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel => {
    const { contextWindow, ...rest } = Config.parse(config)
    return createOllamaModel({ ...rest, contextWindow, ...deps })
  },
} as const
