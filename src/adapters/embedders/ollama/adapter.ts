import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { createRemoteEmbedder, type RemoteEmbedder, type RemoteEmbedderDeps } from '../remote-embedder.ts'
import { RemoteConfig, type RemoteEmbedderConfig } from '../remote-config.ts'
import { ollamaWire } from './wire.ts'

export const ollama = {
  kind: 'ollama',
  config: RemoteConfig,
  create(
    config: RemoteEmbedderConfig,
    deps: Pick<RemoteEmbedderDeps, 'onMeasured'> & { readonly fetch: ServiceFetch; readonly logger: Logger },
  ): RemoteEmbedder {
    const { apiKey, ...options } = RemoteConfig.parse(config)
    const { fetch, ...rest } = deps
    const words = {
      name: 'Ollama',
      address: 'OLLAMA_BASE_URL',
      key: undefined,
      model: 'EMBEDDING_MODEL',
      absentModel: `If Ollama has not got it yet, run ollama pull ${options.model}.`,
      awaited: true,
    }
    return createRemoteEmbedder(
      { provider: 'ollama', ...options },
      { ...rest, service: { fetch, apiKey, words }, wire: ollamaWire(options.model) },
    )
  },
} as const
