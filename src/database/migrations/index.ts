import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'
import { documents } from './0001-documents.ts'
import { jobs } from './0002-jobs.ts'
import { changeLog } from './0003-change-log.ts'
import { givenSummaries } from './0004-given-summaries.ts'
import { accounts } from './0005-accounts.ts'
import { chats } from './0006-chats.ts'
import { citedDocuments } from './0007-cited-documents.ts'
import { loginNetworks } from './0008-login-networks.ts'
import { embeddedTexts } from './0009-embedded-texts.ts'
import { embeddingModels } from './0010-embedding-models.ts'
import { measuredModels } from './0011-measured-models.ts'
import { webPages } from './0012-web-pages.ts'
import { webSnapshots } from './0013-web-snapshots.ts'
import { instances } from './0014-instances.ts'
import { vectorReplicas } from './0015-vector-replicas.ts'

export type MigrateUp = (db: Kysely<unknown>, types: DialectTypes) => Promise<void>

/** In the order of their names, and never changed once released: a change of the tables is a new migration. */
export const MIGRATIONS: Readonly<Record<string, MigrateUp>> = {
  '0001-documents': documents,
  '0002-jobs': jobs,
  '0003-change-log': changeLog,
  '0004-given-summaries': givenSummaries,
  '0005-accounts': accounts,
  '0006-chats': chats,
  '0007-cited-documents': citedDocuments,
  '0008-login-networks': loginNetworks,
  '0009-embedded-texts': embeddedTexts,
  '0010-embedding-models': embeddingModels,
  '0011-measured-models': measuredModels,
  '0012-web-pages': webPages,
  '0013-web-snapshots': webSnapshots,
  '0014-instances': instances,
  '0015-vector-replicas': vectorReplicas,
}
