import { z } from 'zod'
import type { LanguageModel } from '../../../core/ports/language-models.ts'
import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { RemoteConfig } from '../remote-config.ts'
import { createOllamaModel } from './model.ts'

const Config = RemoteConfig.extend({
  baseUrl: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:11434'),
})

export type OllamaConfig = z.input<typeof Config>

/** Models of one's own, served by Ollama. */
export const ollama = {
  kind: 'ollama',
  config: Config,
  create: (config: OllamaConfig, deps: { readonly fetch: ServiceFetch; readonly logger: Logger }): LanguageModel =>
    createOllamaModel({ ...Config.parse(config), ...deps }),
} as const
