import { z } from 'zod'
import { createExtractiveModel } from './extractive.ts'

/** Answers in the words of the documents: no model, no network, no key. */
export const extractive = {
  kind: 'extractive',
  config: z.object({}),
  create: createExtractiveModel,
} as const
