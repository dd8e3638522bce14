import { z } from 'zod'
import { Limits } from './patience.ts'

/** What every model behind HTTP is configured by, besides its address and key. */
export const RemoteConfig = z.object({
  model: z.string().min(1),
  /** Tokens of prompt and answer together; absent: as known of the model. */
  contextWindow: z
    .int()
    .min(1)
    .optional()
    .transform((tokens) => tokens),
  limits: Limits,
  /** Milliseconds before a second try, at most. */
  pause: z.int().min(0).default(500),
})
