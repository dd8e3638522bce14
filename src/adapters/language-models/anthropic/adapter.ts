import { z } from 'zod'
import type { LanguageModel } from '../../../core/ports/language-models.ts'
import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { RemoteConfig } from '../remote-config.ts'
import { createAnthropicModel } from './model.ts'

const Config = RemoteConfig.extend({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
  apiKey: z.string().min(1),
})

export type AnthropicConfig = z.input<typeof Config>

/** Anthropic, or a gateway that speaks its Messages API. */
export const anthropic = {
  kind: 'anthropic',
  config: Config,
  create: (config: AnthropicConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel =>
    createAnthropicModel({ ...Config.parse(config), ...deps }),
} as const
