import { z } from 'zod'
import type { LanguageModel } from '../../../core/ports/language-models.ts'
import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { RemoteConfig } from '../remote-config.ts'
import { createOpenAiModel } from './model.ts'

const Config = RemoteConfig.extend({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.openai.com/v1'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .transform((key) => key),
})

export type OpenAiConfig = z.input<typeof Config>

/** OpenAI, or any server that speaks its API: Azure, vLLM, llama.cpp, LM Studio and others. */
export const openai = {
  kind: 'openai',
  config: Config,
  create: (config: OpenAiConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel =>
    createOpenAiModel({ ...Config.parse(config), ...deps }),
} as const
