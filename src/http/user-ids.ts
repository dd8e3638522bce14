import { z } from 'zod'
import type { UserId } from '../core/ids.ts'

/** Id of a user, as a client sends it. */
export const userId = z
  .string()
  .min(1)
  .max(64)
  // No id holds it, and PostgreSQL takes no text that does.
  .overwrite((id) => id.replaceAll('\0', '\uFFFD'))
  .transform((id) => id as UserId)

/** Query of routes on which an administrator may act for a user; see `ownerOf`. */
export const forUser = z.object({ user_id: userId.optional().describe('For administrators: whose things are meant.') })
