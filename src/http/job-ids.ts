import { z } from 'zod'
import type { JobId } from '../core/ids.ts'

/** Id of a job, as a client sends it. */
export const jobId = z
  .string()
  .min(1)
  .max(64)
  // No id holds it, and PostgreSQL takes no text that does.
  .overwrite((id) => id.replaceAll('\0', '\uFFFD'))
  .transform((id) => id as JobId)
