import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import type { Block, PageFacts } from '../../core/documents.ts'
import type { DocumentParser } from '../../core/ports/reading.ts'
import './no-network.ts'
import { startDocument } from './parse-document.ts'
import type { FromProcess, ToProcess } from './process-messages.ts'

/**
 * The child process that reads documents, one at a time. It has no network and, by Node's permission model, may read
 * only the program's own files. It ends with its parent.
 */
const send = (message: FromProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('Not started as a child process.'))
    else process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })

/** Blocks travel in batches: one message a block costs more than the block. */
const BATCH = 200

const read = async (request: ToProcess): Promise<void> => {
  const parser =
    request.parserModule === undefined
      ? undefined
      : ((await import(request.parserModule)) as { parser: DocumentParser }).parser
  const { parser: id, mediaType, events } = await startDocument(request.bytes, request.filename, request.limits, parser)
  const batch: Block[] = []
  const warnings: string[] = []
  let properties = {}
  let page: PageFacts | undefined
  for await (const event of events) {
    if (event.kind === 'warning') warnings.push(event.message)
    else if (event.kind === 'properties') {
      properties = { ...properties, ...event.properties }
      page = event.page
    } else batch.push(event)
    if (batch.length >= BATCH) await send({ kind: 'blocks', blocks: batch.splice(0) })
  }
  await send({ kind: 'blocks', blocks: batch })
  await send({ kind: 'done', parser: id, mediaType, properties, page, warnings })
}

process.on('message', (request: ToProcess) => {
  void read(request).catch((error: unknown) => send(failure(error)))
})
process.on('disconnect', () => process.exit(0))

const detailsOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : '')

const failure = (error: unknown): FromProcess => {
  if (error instanceof AppError)
    return { kind: 'failed', code: error.code, message: error.message, details: detailsOf(error.cause) }
  const details = detailsOf(error)
  if (error instanceof RangeError && /call stack|invalid (string|array) length/i.test(error.message)) {
    return {
      kind: 'failed',
      code: 'document_too_complex',
      message: 'The document is nested too deeply or too large to be read. Simplify or split it.',
      details,
    }
  }
  return {
    kind: 'failed',
    code: 'document_corrupt',
    message:
      'The document cannot be read: it is damaged or uses something unknown. Save it again, or as PDF or plain text.',
    details,
  }
}

// The published package runs the same tree as JavaScript.
const watchdog = new Worker(
  new URL(`./watchdog/thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
  {
    workerData: { maxResidentBytes: Number(process.argv[2]), parent: process.ppid },
  },
)
watchdog.unref()
await once(watchdog, 'online')
await send({ kind: 'ready' })
