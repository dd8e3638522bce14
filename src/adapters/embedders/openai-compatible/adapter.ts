import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { knownModel } from '../known-models.ts'
import { createRemoteEmbedder, type RemoteEmbedder, type RemoteEmbedderDeps } from '../remote-embedder.ts'
import { RemoteConfig, type RemoteEmbedderConfig } from '../remote-config.ts'
import { openAiWire } from './wire.ts'

/** OpenAI, or any server that speaks its API: vLLM, llama.cpp, LM Studio, Hugging Face's TEI and others. */
export const openai = {
  kind: 'openai',
  config: RemoteConfig,
  create(
    config: RemoteEmbedderConfig,
    deps: Pick<RemoteEmbedderDeps, 'onMeasured'> & { readonly fetch: ServiceFetch; readonly logger: Logger },
  ): RemoteEmbedder {
    const { apiKey, ...options } = RemoteConfig.parse(config)
    const { fetch, ...rest } = deps
    return createRemoteEmbedder(
      { provider: 'openai', ...options },
      {
        ...rest,
        service: { fetch, apiKey, words: WORDS },
        wire: openAiWire(options.model, knownModel(options.model).shortens),
      },
    )
  },
} as const

const WORDS = {
  name: 'The embedding service',
  address: 'OPENAI_BASE_URL',
  addressHint: 'it usually ends in /v1',
  key: 'OPENAI_API_KEY',
  model: 'OPENAI_EMBEDDING_MODEL',
  awaited: true,
}
