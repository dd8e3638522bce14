import { z } from 'zod'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { openLocalModel, type LocalModel } from './local-model.ts'

const Config = z.object({
  /** Absolute path of a GGUF file; of one in parts the first. */
  file: z.string().min(1),
  /** For which almost every machine has the memory: each token of it takes some. */
  contextWindow: z.int().min(1).default(8192),
  threads: z.int().min(1).optional(),
})

export type LocalModelConfig = z.input<typeof Config>

/** A model of one's own in this process, by llama.cpp. */
export const local = {
  kind: 'local',
  config: Config,
  create: (config: LocalModelConfig, deps: { readonly logger: Logger }): Promise<LocalModel> => {
    const { threads, ...rest } = Config.parse(config)
    return openLocalModel({ ...rest, threads, ...deps })
  },
} as const
