// A retrieval set as the documents of a real server, put in through its API once and kept in .bench/.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type ApiClient, apiClient } from '../scripts/drills/client.ts'
import { root, startServer } from '../scripts/drills/server.ts'
import type { RetrievalSet } from './retrieval-sets.ts'

/** Requests under way at once: one client that sends a batch. */
export const IN_FLIGHT = 16

export async function addAll(api: ApiClient, set: RetrievalSet): Promise<string[]> {
  const ids: string[] = Array.from({ length: set.passages.length }, () => '')
  let next = 0
  const send = async (): Promise<void> => {
    for (let row = next++; row < set.passages.length; row = next++) {
      const passage = set.passages[row]
      if (passage === undefined || passage.text.trim() === '') continue
      ids[row] = (await api.addText(passage.title || `${set.name} ${passage.id}`, passage.text)).document_id
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  return ids
}

/** Waits until every document is processed; the newest is the last in the queue, so it is asked first. */
export async function allProcessed(api: ApiClient, limit = 3_600_000): Promise<number> {
  const began = performance.now()
  for (;;) {
    const newest = (await api.page(1, 0)).documents[0]
    if (newest === undefined || newest.status === 'processed' || newest.status === 'failed') {
      const documents = await api.documents()
      const failed = documents.filter(({ status }) => status === 'failed')
      if (failed.length > 0) throw new Error(`${failed.length} documents failed: ${JSON.stringify(failed[0]?.error)}`)
      if (documents.every(({ status }) => status === 'processed')) return documents.length
    }
    if (performance.now() - began > limit) throw new Error(`Documents were still at work after ${limit} ms`)
    await sleep(100)
  }
}

export interface ServedSet {
  readonly dataDir: string
  /** The document id of each row of the set; '' where the passage is empty. */
  readonly ids: readonly string[]
}

export async function servedSet(set: RetrievalSet): Promise<ServedSet> {
  const folder = join(root, '.bench', 'served', set.corpusName)
  const dataDir = join(folder, 'data')
  const list = join(folder, 'ids.json')
  if (existsSync(list)) return { dataDir, ids: z.array(z.string()).parse(JSON.parse(await readFile(list, 'utf8'))) }
  console.log(`${set.corpusName}: adding ${set.passages.length} documents to ${folder}, once`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true })
  const server = await startServer({ dataDir, env: { LOG_LEVEL: 'warn' } })
  try {
    const api = apiClient(server.url)
    const ids = await addAll(api, set)
    await allProcessed(api)
    await writeFile(list, JSON.stringify(ids))
    return { dataDir, ids }
  } finally {
    await server.stop(60_000)
  }
}
