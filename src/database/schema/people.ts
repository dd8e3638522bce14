// Accounts, and what is noted of them.
import type { Generated, GeneratedAlways } from 'kysely'
import type { ApiTokenId, UserId } from '../../core/ids.ts'
import type { Immutable } from './immutable.ts'

export interface UsersTable {
  id: Immutable<UserId>
  name: string
  /** Lower case. null: the built-in local user. */
  email: string | null
  role: 'admin' | 'user'
  created_at: Immutable<string>
  last_active: string
  description: Generated<string>
  /** As accounts/passwords.ts writes it, with its parameters; null: signs in another way, or not at all. */
  password_hash: string | null
  /** The `sub` of Google's ID tokens. */
  google_subject: string | null
  disabled: Generated<number>
  /** Grows when all sessions must end: a session of an older generation is nobody's. */
  token_generation: Generated<number>
  /** JSON object. */
  preferences: Generated<string>
  /** URL; of an avatar's own route where it was uploaded. */
  picture: string | null
}

/** At most one a person; whoever is logged in and knows the id, which is random, sees the picture. */
export interface AvatarsTable {
  id: Immutable<string>
  user_id: Immutable<UserId>
  media_type: Immutable<string>
  created_at: Immutable<string>
  bytes: Immutable<Uint8Array>
}

/** Sessions (the `jti` of a JWT) that were logged out; of no use after they would have expired. */
export interface RevokedSessionsTable {
  id: Immutable<string>
  user_id: Immutable<UserId>
  expires_at: Immutable<string>
}

/** From where a person has logged in. */
export interface LoginNetworksTable {
  user_id: Immutable<UserId>
  /** An IPv4 address, or the first half of an IPv6 one. */
  network: Immutable<string>
  last_at: string
}

export interface ApiTokensTable {
  id: Immutable<ApiTokenId>
  user_id: Immutable<UserId>
  name: string
  /** Of the whole token, hex; the token itself is shown once and not kept. */
  secret_sha256: Immutable<string>
  /** Its last characters, to tell tokens apart. */
  hint: Immutable<string>
  scope: Immutable<'read' | 'write' | 'admin'>
  created_at: Immutable<string>
  expires_at: string | null
  last_used_at: string | null
}

export interface UserSettingsTable {
  user_id: Immutable<UserId>
  name: Immutable<string>
  value: string
  updated_at: string
}

/** Sign-ins, administration, deletions. No text of documents, questions or secrets. */
export interface AuditLogTable {
  id: GeneratedAlways<number>
  at: Immutable<string>
  actor_id: Immutable<UserId | null>
  /** A stable word, such as `login` or `user.delete`. */
  action: Immutable<string>
  /** The id of what it was done to. */
  target: Immutable<string | null>
  outcome: Immutable<'success' | 'failure'>
  address: Immutable<string | null>
  request_id: Immutable<string | null>
}
