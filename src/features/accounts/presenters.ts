import type { z } from 'zod'
import type { Account } from './repository.ts'
import type * as schemas from './schemas.ts'
import type { LoggedIn } from './service.ts'
import type { ApiTokenRow } from './token-repository.ts'

export const sessionView = ({ token, expiresInSeconds }: LoggedIn['session']) => ({
  access_token: token,
  token_type: 'bearer' as const,
  expires_in: expiresInSeconds,
})

export const authResponse = ({ account, session }: LoggedIn): z.input<typeof schemas.authResponse> => ({
  ...sessionView(session),
  user_id: account.id,
  name: account.name,
  email: account.email ?? '',
  created_at: account.created_at,
  role: account.role,
})

export const me = (account: Account): z.input<typeof schemas.me> => ({
  user_id: account.id,
  name: account.name,
  email: account.email ?? '',
  description: account.description,
  createdAt: account.created_at,
  lastActive: account.last_active,
  preferences: JSON.parse(account.preferences) as Record<string, unknown>,
  picture: account.picture,
  role: account.role,
})

export const profile = (account: Account): z.input<typeof schemas.profileResponse>['user'] => ({
  user_id: account.id,
  name: account.name,
  email: account.email ?? '',
  description: account.description,
  picture: account.picture,
  created_at: account.created_at,
  last_active: account.last_active,
})

export const userView = (account: Account): z.input<typeof schemas.userView> => ({
  userId: account.id,
  name: account.name,
  email: account.email ?? '',
  description: account.description,
  createdAt: account.created_at,
  lastActive: account.last_active,
  role: account.role,
  disabled: account.disabled !== 0,
})

export const tokenView = (token: ApiTokenRow): z.input<typeof schemas.tokenView> => ({
  id: token.id,
  name: token.name,
  scope: token.scope,
  hint: token.hint,
  created_at: token.created_at,
  expires_at: token.expires_at,
  last_used_at: token.last_used_at,
})
