import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ApiError, type Client } from './client.ts'
import { readEvents } from './events.ts'
import { findFiles, type FoundFile, whyUnreadable } from './files.ts'
import { createProgress, type FileResult } from './progress.ts'
import { printLine, type Terminal } from './terminal.ts'

/** Files at work at the same time: enough that none of the server's steps waits for us. */
const LANES = 8
const RETRIES = 10
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130

const Uploaded = z.looseObject({
  document_id: z.string(),
  job_id: z.string().nullish(),
  chunks: z.number().optional(),
  job_started: z.boolean().optional(),
  duplicate: z.boolean().optional(),
  searchable: z.string().optional(),
  warnings: z.array(z.string()).optional(),
})

const Failure = z.object({ code: z.string(), detail: z.string() })
const Job = z.looseObject({ state: z.string(), error: Failure.nullish() })

/**
 * `evident ingest`: uploads the files and waits until each can be found by words and vectors. Gives the exit code:
 * 1 when a file failed. When it is interrupted, what it began and is not finished is cancelled; what was done is kept.
 */
export async function ingest(
  client: Client,
  paths: readonly string[],
  options: { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const startedAt = performance.now()
  const files = await findFiles(paths)
  if (files.length === 0 && !options.json)
    printLine(terminal.err, 'There is nothing to read: the folders hold no files.')
  const progress = await createProgress(files.length, options.json, terminal)
  const counts = { processed: 0, duplicate: 0, reading: 0, failed: 0, cancelled: 0 }

  const queue = files.values()
  const lane = async () => {
    for (const file of queue) {
      const result = terminal.signal.aborted ? cancelled(file) : await ingestOne(client, file, terminal.signal)
      counts[result.status]++
      progress.finished(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(LANES, files.length) }, lane))
  progress.end({ files: files.length, ...counts, seconds: (performance.now() - startedAt) / 1000 })
  if (terminal.signal.aborted) return INTERRUPTED
  return counts.failed > 0 ? 1 : 0
}

const cancelled = ({ path }: FoundFile): FileResult => ({ path, status: 'cancelled' })

async function ingestOne(client: Client, file: FoundFile, signal: AbortSignal): Promise<FileResult> {
  const { path, problem } = file
  if (problem !== undefined) return { path, status: 'failed', error: { code: 'unreadable_file', detail: problem } }
  try {
    const uploaded = await upload(client, path, signal)
    const { document_id, job_id, chunks = 0, warnings = [] } = uploaded
    // Of a file whose words are not read yet the number of passages is not known either.
    const known = { path, document_id, warnings, ...(chunks === 0 ? {} : { chunks }) }
    const success = uploaded.duplicate === true ? 'duplicate' : 'processed'
    // Another reading of what is there already is not our concern.
    const other = uploaded.job_started === false
    if (typeof job_id !== 'string' || (other && uploaded.searchable === 'full')) return { ...known, status: success }
    const job = await jobEnd(client, job_id, { cancel: !other, signal })
    if (job === undefined) return { ...known, status: 'reading' }
    if (job.state === 'done') return { ...known, status: success }
    if (job.state !== 'failed') return { ...known, status: 'cancelled' }
    return {
      ...known,
      status: 'failed',
      error: job.error ?? { code: 'internal_error', detail: 'It could not be read.' },
    }
  } catch (error) {
    if (signal.aborted) return cancelled(file)
    return { path, status: 'failed', error: failure(error) }
  }
}

const failure = (error: unknown): z.output<typeof Failure> =>
  error instanceof ApiError
    ? { code: error.code, detail: error.message }
    : {
        code: 'unreadable_file',
        detail: error instanceof Error && 'code' in error ? whyUnreadable(error) : String(error),
      }

/** Not interrupted itself: only its answer tells which job to cancel then. */
async function upload(client: Client, path: string, signal: AbortSignal): Promise<z.output<typeof Uploaded>> {
  for (let attempt = 1; ; attempt++) {
    const form = new FormData()
    form.set('file', await openAsBlob(path), basename(path))
    try {
      return await client.json(Uploaded, '/api/v1/upload-file', { method: 'POST', body: form })
    } catch (error) {
      const wait = error instanceof ApiError ? error.retryAfter : undefined
      if (wait === undefined || attempt === RETRIES) throw error
      await sleep(wait * 1000, undefined, { signal })
    }
  }
}

/** The job as it ended; after an interruption as it is cancelled then, or undefined where it is not ours to cancel. */
async function jobEnd(
  client: Client,
  id: string,
  { cancel, signal }: { readonly cancel: boolean; readonly signal: AbortSignal },
): Promise<z.output<typeof Job> | undefined> {
  const path = `/api/v1/jobs/${encodeURIComponent(id)}`
  try {
    const events = await client.fetch(`${path}/events`, { signal })
    for await (const { event, data } of readEvents(events)) if (event !== 'progress') return Job.parse(data)
    throw new ApiError(
      'The server stopped before the file was read; it goes on with it at its next start.',
      'not_ready',
      503,
    )
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return cancel ? client.json(Job, `${path}/cancel`, { method: 'POST' }) : undefined
}
