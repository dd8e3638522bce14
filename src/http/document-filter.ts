import { z } from 'zod'
import { canonicalText } from '../core/canonical-text.ts'
import type { DocumentFilter } from '../core/ports/search.ts'

const MOMENT = 'Give a date such as 2026-05-01, or a moment such as 2026-05-01T09:30:00Z'

/** A day begins at midnight UTC. Gives milliseconds since 1970. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: MOMENT })
  .transform((text) => Date.parse(text))

const value = z.union([z.string().overwrite(canonicalText), z.number(), z.boolean()], {
  error: 'Give a text, a number, true or false',
})

/**
 * What the documents that a request may read must be like, as a client sends it. A condition that is not known is refused:
 * without it more would be found than was meant.
 */
export const documentFilter = z
  .strictObject({
    chat_ids: z.array(z.string().overwrite(canonicalText).max(64)).max(1000).optional(),
    file_types: z
      .array(z.string().max(255).toLowerCase())
      .max(100)
      .optional()
      .describe('Media types, as `fileType` in the metadata of an upload has them.'),
    created_from: moment.optional(),
    created_before: moment.optional(),
    metadata: z
      .record(z.string().max(1000).overwrite(canonicalText), value)
      .refine((wanted) => Object.keys(wanted).length <= 32, 'Give 32 values at most')
      .optional()
      .describe('Values that the metadata given with a document have.'),
  })
  .transform((sent): DocumentFilter => ({
    chats: sent.chat_ids,
    fileTypes: sent.file_types,
    createdFrom: sent.created_from,
    createdBefore: sent.created_before,
    metadata: sent.metadata,
  }))
  .optional()

/** The filter as a client sends it. */
export const sentFilter = (filter: DocumentFilter): z.input<typeof documentFilter> => ({
  chat_ids: filter.chats?.slice(),
  file_types: filter.fileTypes?.slice(),
  created_from: momentOf(filter.createdFrom),
  created_before: momentOf(filter.createdBefore),
  metadata: filter.metadata,
})

const momentOf = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString()
