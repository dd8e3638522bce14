import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import type { ApiTokenId } from '../../core/ids.ts'
import { claimedPassword, newPassword } from './passwords.ts'

// The contract's fields, as they stand on the wire (http-api.md, "Authentication and users").

export const tags = ['Authentication and users']

const name = z.string().overwrite(canonicalText).trim().min(1).max(200)
const description = z.string().overwrite(canonicalText).max(2000)
const email = z.string().trim().toLowerCase().max(254).regex(z.regexes.email, 'must be an e-mail address')
const role = z.enum(['admin', 'user'])

export const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
})

export const signUp = z.object({
  name,
  email,
  password: newPassword,
  description: description.default(''),
  setup_token: z.string().max(200).optional().describe('Printed at the start of a server that has no administrator.'),
})

export const logIn = z.object({
  // Not checked further: what is no address is nobody's.
  email: z.string().overwrite(canonicalText).trim().toLowerCase().max(1024),
  password: claimedPassword,
})

/** Without the token it is malformed (400), not invalid (422): the contract's word. */
export const google = z.object({ token: z.string().max(16_384).optional() }).nullish()

const session = {
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.number().int().describe('Seconds.'),
}

export const authResponse = z.object({
  ...session,
  user_id: z.string(),
  name: z.string(),
  email: z.string(),
  created_at: z.string(),
  role,
})

export const me = z.object({
  user_id: z.string(),
  name: z.string(),
  email: z.string(),
  description: z.string(),
  createdAt: z.string(),
  lastActive: z.string(),
  preferences: z.record(z.string(), z.unknown()),
  picture: z.string().nullable(),
  role,
})

const webAddress = z
  .string()
  .overwrite(canonicalText)
  .trim()
  .max(2048)
  .refine((url) => url === '' || url.startsWith('/api/auth/avatars/') || isWebAddress(url), 'must be a web address')

export const profile = z.object({
  name,
  email: z.union([email, z.literal('')]).describe('Empty for the local administrator only.'),
  description: description.optional(),
  picture: webAddress.nullable().optional().describe('null or empty: none.'),
})

export const profileResponse = z.object({
  message: z.string(),
  user: z.object({
    user_id: z.string(),
    name: z.string(),
    email: z.string(),
    description: z.string(),
    picture: z.string().nullable(),
    created_at: z.string(),
    last_active: z.string(),
  }),
})

export const changePassword = z.object({ currentPassword: claimedPassword, newPassword })
export const changePasswordResponse = z.object({ message: z.string(), ...session })

export const avatarResponse = z.object({ message: z.string(), avatar_url: z.string() })
export const avatarId = z.object({ avatar_id: z.uuid() })

export const message = z.object({ message: z.string() })

export const newToken = z.object({
  name: z.string().overwrite(canonicalText).trim().min(1).max(100),
  scope: z.enum(['read', 'write', 'admin']).default('read'),
  expires_in_days: z.number().int().min(1).max(3650).optional(),
})

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(['read', 'write', 'admin']),
  hint: z.string().describe('The last characters.'),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
})
export const madeToken = tokenView.extend({ token: z.string().describe('Shown this once.') })
export const tokenList = z.object({ tokens: z.array(tokenView), total: z.number().int() })
export const tokenId = z.object({
  id: z
    .string()
    .min(1)
    .max(64)
    .overwrite(canonicalText)
    .transform((id) => id as ApiTokenId),
})
export const tokenDeleted = z.object({ deleted: z.literal(true), id: z.string() })

export const userView = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  description: z.string(),
  createdAt: z.string(),
  lastActive: z.string(),
  role,
  disabled: z.boolean(),
})
export const userList = z.object({ users: z.array(userView), total: z.number().int(), message: z.string() })

export const newUser = z.object({
  name,
  email,
  description: description.default(''),
  password: newPassword.optional(),
  role: role.default('user'),
})
export const userMade = z.object({ message: z.string(), user_id: z.string(), created_at: z.string() })

export const userChange = z.object({
  role: role.optional(),
  disabled: z.boolean().optional(),
  password: newPassword.optional(),
})

export const userDeleted = z.object({
  status: z.literal('success'),
  message: z.string(),
  deleted_from: z.array(z.string()),
  user_id: z.string(),
})

const isWebAddress = (url: string): boolean => URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
