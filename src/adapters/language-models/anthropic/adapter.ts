import { z } from 'zod'
import type { LanguageModel, Logger, ServiceFetch } from '../../../core/ports.ts'
import { Limits, Pause } from '../patience.ts'
import { createAnthropicModel } from './model.ts'

const Config = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
  apiKey: z.string().min(1),
  model: z.string().min(1),
  contextWindow: z.int().min(1).optional(),
  limits: Limits,
  pause: Pause,
})

export type AnthropicConfig = z.input<typeof Config>

/** Anthropic, or a gateway that speaks its Messages API. */
export const anthropic = {
  kind: 'anthropic',
  config: Config,
  create: (config: AnthropicConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel => {
    const { contextWindow, ...rest } = Config.parse(config)
    return createAnthropicModel({ ...rest, contextWindow, ...deps })
  },
} as const
