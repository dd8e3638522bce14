import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StartError } from '../core/start-error.ts'
import type { SetDocument } from '../features/evaluation/retrieval-set.ts'
import { type Client, jsonBody } from './client.ts'
import type { Phases } from './phases.ts'

export const hasText = ({ title, text }: SetDocument): boolean => `${title}${text}`.trim() !== ''

/** Requests under way at once while documents are added. */
const LANES = 16
const POLL_MS = 50

const Added = z.looseObject({ document_id: z.string(), job_id: z.string() })
const Job = z.looseObject({ state: z.string(), error: z.looseObject({ detail: z.string() }).nullish() })

/** Adds the documents and waits for their vectors. Gives the set's id of each document of the service. */
export async function addDocuments(
  client: Client,
  documents: readonly SetDocument[],
  phases: Phases,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const corpusId = new Map<string, string>()
  const jobs: { readonly document: string; readonly job: string }[] = []
  const added = phases.begin('documents', documents.length)
  const queue = documents.values()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const document of queue) {
      if (failed) return
      const { document_id, job_id } = await client.json(Added, '/api/documents', jsonBody(asText(document), signal))
      signal.throwIfAborted()
      corpusId.set(document_id, document.id)
      jobs.push({ document: document.id, job: job_id })
      added()
    }
  }
  const stop = (error: unknown): never => {
    failed = true
    throw error
  }
  // All of them, also after an error: a request that the service still answers would hold the process.
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, () => lane().catch(stop)))
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason

  const embedded = phases.begin('vectors', documents.length)
  for (const { document, job } of jobs) {
    await processed(client, document, job, signal)
    embedded()
  }
  return corpusId
}

async function processed(client: Client, document: string, job: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { state, error } = await client.json(Job, `/api/v1/jobs/${encodeURIComponent(job)}`, { signal })
    if (state === 'done') return
    if (state === 'failed' || state === 'cancelled') {
      throw new StartError(`The document ${document} could not be read: ${error?.detail ?? state}`)
    }
    await sleep(POLL_MS, undefined, { signal })
  }
}

const LONGEST_TITLE = 500
/** The service wants a title; this one has no words that a query could find. */
const NO_TITLE = '-'

/** A title that the service would refuse as too long stands in the text, too. */
function asText({ title, text }: SetDocument) {
  const body = text.trim() === '' || title.length > LONGEST_TITLE ? `${title}\n\n${text}`.trim() : text
  return { document_title: title.slice(0, LONGEST_TITLE).toWellFormed() || NO_TITLE, content: body }
}
