import { z } from 'zod'
import type { Embedder } from '../../../core/ports/embedding.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { createLocalEmbedder, type StartedEmbedder, startLocalEmbedder } from './local-embedder.ts'
import { readModelFiles } from './model-files.ts'

const Config = z.object({
  /** A folder under `modelsDir`. */
  name: z.string().min(1).default('bge-small-en-v1.5'),
  modelsDir: z.string().min(1),
  threads: z.int().min(1).max(64).optional(),
  cacheSize: z.int().min(0).optional(),
})

export type LocalEmbedderConfig = z.input<typeof Config>

/** One of the shipped models, in threads of this process: no network, no key. */
export const local = {
  kind: 'local',
  config: Config,
  create: (config: LocalEmbedderConfig, deps: { readonly logger: Logger }): Promise<Embedder> =>
    createLocalEmbedder({ ...Config.parse(config), ...deps }),
  /** The same while the model is still being loaded. */
  start: (config: LocalEmbedderConfig, deps: { readonly logger: Logger }): Promise<StartedEmbedder> =>
    startLocalEmbedder({ ...Config.parse(config), ...deps }),
  /** The id that the embedder would have, without loading the weights. */
  async idOf(config: LocalEmbedderConfig): Promise<string> {
    const { modelsDir, name } = Config.parse(config)
    return (await readModelFiles(modelsDir, name)).id
  },
} as const
