import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, relative, sep } from 'node:path'
import { z } from 'zod'
import type { QuestionSet } from '../features/evaluation/answers/question-set.ts'
import type { Client } from './client.ts'
import { findFiles } from './files.ts'

/** Most that a page of the list may hold. */
const PAGE = 200

const Listed = z.looseObject({
  documents: z.array(z.looseObject({ id: z.string(), version: z.number(), title: z.string() })),
  total: z.number(),
})

/**
 * SHA-256 of all that answers are made of and judged by: the set's files, and where these hold no documents the files of
 * `folder`, else the documents that the service has. The same words in other files make another set, since titles and
 * passages come of them.
 */
export async function fingerprintOf(
  client: Client,
  { fingerprint, documents }: Pick<QuestionSet, 'fingerprint' | 'documents'>,
  folder: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (documents !== undefined) return fingerprint
  const parts = folder === undefined ? await ofService(client, signal) : await ofFolder(folder, signal)
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, ...parts]))
    .digest('hex')
}

type Part = readonly (string | number)[]

async function ofFolder(folder: string, signal: AbortSignal): Promise<Part[]> {
  const parts: Part[] = []
  for (const { path } of await findFiles([folder])) {
    const hash = createHash('sha256')
    for await (const bytes of createReadStream(path, { signal })) hash.update(bytes as Buffer)
    // Of a path that is a file itself, nothing is relative to it.
    parts.push([(relative(folder, path) || basename(path)).replaceAll(sep, '/'), hash.digest('hex')])
  }
  return parts
}

/** In the order of their ids: in that of the list, two of the same instant may change places. */
async function ofService(client: Client, signal: AbortSignal): Promise<Part[]> {
  const parts = new Map<string, Part>()
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const page = await client.json(Listed, `/api/v1/documents?limit=${PAGE}&offset=${offset}`, { signal })
    total = page.total
    for (const { id, version, title } of page.documents) parts.set(id, [id, version, title])
  }
  return [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part)
}
