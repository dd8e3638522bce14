import { AppError } from '../../core/errors.ts'
import type { Scope } from '../../core/ports/search.ts'
import type { Database } from '../../database/database.ts'
import * as repository from './repository.ts'

/** @throws AppError `not_found` for ids that are not the owner's, in the words that an id of nobody gets */
export async function refuseForeign(
  read: Database['read'],
  { owner, documents }: Pick<Scope, 'owner' | 'documents'>,
): Promise<void> {
  if (documents === undefined) return
  const owned = await repository.ownedDocuments(read, owner, documents)
  const missing = documents.find((id) => !owned.has(id))
  if (missing !== undefined) throw new AppError('not_found', `There is no document ${missing}.`)
}
