import { sessionSecret } from '../config/data-dir.ts'
import { isLoopback } from '../core/loopback.ts'
import { resultEstate } from '../database/result-cache.ts'
import { startRetention } from '../database/retention.ts'
import { createAccounts, type Accounts } from '../features/accounts/accounts.ts'
import { auditRetention } from '../features/accounts/audit.ts'
import { GOOGLE_KEYS, type GoogleOptions } from '../features/accounts/google.ts'
import type { PasswordCost } from '../features/accounts/passwords.ts'
import { documentEstate } from '../features/documents/estate.ts'
import { snapshotEstate, snapshotRetention } from '../features/documents/web-snapshots.ts'
import { historyEstate, historyRetention } from '../features/history/history.ts'
import { jobEstate } from '../features/ingestion/estate.ts'
import { settingEstate } from '../features/settings/system-prompt.ts'
import type { createAnswers } from './answers.ts'
import type { DocumentParts } from './documents.ts'
import type { PartsDeps } from './parts.ts'
import type { Search } from './search.ts'
import { openServiceDoor } from './service-door.ts'

interface PeopleDeps extends PartsDeps {
  readonly cliToken: string
  readonly googleKeys: URL | undefined
  readonly passwordCost: PasswordCost | undefined
  readonly search: Search
  readonly documentParts: DocumentParts
  readonly answers: Awaited<ReturnType<typeof createAnswers>>
}

/** Who may do what, what becomes of a person's things, and how long it is kept. */
export async function createPeople({
  config,
  stores: { database },
  clock,
  logger,
  opened,
  cliToken,
  googleKeys,
  passwordCost,
  search: { results },
  documentParts: { ingestion, reEmbedding },
  answers: { chats },
}: PeopleDeps): Promise<Accounts> {
  const { audit: auditKept, history: historyKept } = config.retention
  const retentions = [
    reEmbedding.cleaning,
    snapshotRetention(database, clock),
    ...(auditKept === undefined ? [] : [auditRetention(database, clock, auditKept)]),
    ...(historyKept === undefined ? [] : [historyRetention(database, historyKept)]),
  ]
  opened(startRetention(retentions, { logger }))
  return opened(
    createAccounts(
      {
        database,
        clock,
        logger,
        cliToken,
        // What is made of documents goes before them.
        estates: [
          chats.estate,
          historyEstate({ database }),
          settingEstate({ database }),
          snapshotEstate({ database }),
          documentEstate({ database, ingestion }),
          jobEstate({ database }),
          resultEstate(results),
        ],
      },
      {
        openMode: config.auth.mode === 'open',
        loopback: isLoopback(config.http.host),
        secret: config.auth.secret ?? sessionSecret(config.dataDir),
        sessionMs: config.auth.sessionLifetime,
        google: await googleSignIn(config.auth.googleClientId, opened, googleKeys),
        passwordCost,
      },
    ),
  )
}

async function googleSignIn(
  clientId: string | undefined,
  opened: PeopleDeps['opened'],
  keySet: URL = GOOGLE_KEYS,
): Promise<GoogleOptions | undefined> {
  if (clientId === undefined) return undefined
  return { clientId, keySet, fetch: await openServiceDoor(keySet, opened) }
}
