import { randomUUID } from 'node:crypto'
import type { UserId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import type { Reader, Tx } from '../../database/database.ts'

export const MAX_AVATAR_BYTES = 5 * 1_048_576

const IMAGES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif'])

export interface Avatar {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** The picture, its kind decided by its bytes. @throws AppError `unsupported_media_type`, `payload_too_large` */
export async function readAvatar(bytes: Uint8Array): Promise<Avatar> {
  const { fileTypeFromBuffer } = await import('file-type')
  const type = await fileTypeFromBuffer(bytes)
  // An animated PNG is one too.
  const mediaType = type?.mime === 'image/apng' ? 'image/png' : type?.mime
  if (mediaType === undefined || !IMAGES.has(mediaType)) {
    throw new AppError('unsupported_media_type', 'The picture must be PNG, JPEG, WebP or GIF.')
  }
  return { mediaType, bytes }
}

const PATH = '/api/auth/avatars/'

const avatarPath = (id: string): string => PATH + id

export const isAvatarPath = (picture: string): boolean => picture.startsWith(PATH)

/** Puts the picture in the place of the user's former one; gives its path. */
export async function storeAvatar(tx: Tx, user: UserId, { mediaType, bytes }: Avatar, now: string): Promise<string> {
  const id = randomUUID()
  await removeAvatar(tx, user)
  await tx.insertInto('avatars').values({ id, user_id: user, media_type: mediaType, created_at: now, bytes }).execute()
  return avatarPath(id)
}

export async function removeAvatar(tx: Tx, user: UserId): Promise<void> {
  await tx.deleteFrom('avatars').where('user_id', '=', user).execute()
}

export async function findAvatar(read: Reader, id: string): Promise<Avatar | undefined> {
  const row = await read.selectFrom('avatars').select(['media_type', 'bytes']).where('id', '=', id).executeTakeFirst()
  return row && { mediaType: row.media_type, bytes: row.bytes }
}
