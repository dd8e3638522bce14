import { randomUUID } from 'node:crypto'
import { v7 } from 'uuid'

type Branded<T, B extends string> = T & { readonly __brand: B }

export type UserId = Branded<string, 'UserId'>
export type DocumentId = Branded<string, 'DocumentId'>
export type JobId = Branded<string, 'JobId'>
/** Row id of a chunk: a positive integer below 2^53, never used again. */
export type ChunkId = Branded<number, 'ChunkId'>

/** At most 64 characters. */
export type ChatId = Branded<string, 'ChatId'>
/** Row id of a message: a positive integer below 2^53, growing, never used again. */
export type MessageId = Branded<number, 'MessageId'>
export type ApiTokenId = Branded<string, 'ApiTokenId'>

/** Time-ordered (UUID version 7), so that a primary key's index grows at one end. */
export const newDocumentId = (): DocumentId => v7() as DocumentId

/** Before the id of a page of the web that an answer read, which stands where a document's id does; no document has it. */
const SNAPSHOT = 'web-'
export const newSnapshotId = (): DocumentId => `${SNAPSHOT}${v7()}` as DocumentId
export const isSnapshotId = (id: string): boolean => id.startsWith(SNAPSHOT)

export const newUserId = (): UserId => v7() as UserId
export const newApiTokenId = (): ApiTokenId => v7() as ApiTokenId
export const newJobId = (): JobId => v7() as JobId
export const newChatId = (): ChatId => v7() as ChatId
/** Random, since many are made and nothing is ordered by them. */
export const newRequestId = (): string => randomUUID()

/** The owner of everything made in open mode; see the HTTP contract, "Conventions". */
export const LOCAL_USER = 'local' as UserId
