import { z } from 'zod'
import type { DocumentId } from '../core/ids.ts'

/** Id of a document, as a client sends it. */
export const documentId = z
  .string()
  .min(1)
  .max(64)
  // No id holds it, and PostgreSQL takes no text that does.
  .overwrite((id) => id.replaceAll('\0', '\uFFFD'))
  .transform((id) => id as DocumentId)

/** Which documents a request may read. Absent: all of the caller's; empty: none. */
export const documentIds = z.array(documentId).max(1000).optional()
