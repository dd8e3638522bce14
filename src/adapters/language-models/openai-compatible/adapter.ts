import { z } from 'zod'
import type { LanguageModel, Logger, ServiceFetch } from '../../../core/ports.ts'
import { Limits, Pause } from '../patience.ts'
import { createOpenAiModel } from './model.ts'

const Config = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.openai.com/v1'),
  apiKey: z.string().min(1).optional(),
  model: z.string().min(1),
  contextWindow: z.int().min(1).optional(),
  limits: Limits,
  pause: Pause,
})

export type OpenAiConfig = z.input<typeof Config>

/** OpenAI, or any server that speaks its API: Azure, vLLM, llama.cpp, LM Studio and others. */
export const openai = {
  kind: 'openai',
  config: Config,
  create: (config: OpenAiConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel => {
    const { apiKey, contextWindow, ...rest } = Config.parse(config)
    return createOpenAiModel({ ...rest, apiKey, contextWindow, ...deps })
  },
} as const
