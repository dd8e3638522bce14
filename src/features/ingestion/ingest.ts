import { passageText, titleOfFile } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { DocumentId } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { DocumentReader, ParsedDocument } from '../../core/ports/reading.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import { sentences } from '../../core/sentences.ts'
import { blobBytes } from '../../database/blobs.ts'
import { appendChange } from '../../database/change-log.ts'
import type { Database } from '../../database/database.ts'
import { embedTexts } from './embedding-cache.ts'
import type { IndexRoom } from './index-room.ts'
import { JobWaits, type JobContext, type JobHandler } from './job-types.ts'
import type { Preparer } from './prepare.ts'
import { readPages } from './read-pages.ts'
import * as repository from './repository.ts'
import type { IngestedDocument, ReadText } from './repository.ts'
import * as vectorRepository from './vector-repository.ts'
import type { EmbeddedPassage, PassageToEmbed } from './vector-repository.ts'

export interface IngestDeps {
  readonly database: Database
  readonly reader: DocumentReader
  readonly preparer: Preparer
  readonly embedder: Embedder
  readonly clock: Clock
  readonly logger: Logger
  readonly room: IndexRoom
  /** Called after each commit that changed what is searchable; resolves when the index shows it. */
  readonly indexed: () => Promise<void>
}

/**
 * The steps of reading one document: `parse` makes its text, version and passages in one transaction, after which
 * its words are searchable; `vectors` embeds the passages and makes it fully searchable. A job that is begun again
 * goes on at its stage, and each stage may be repeated without doing anything twice.
 */
export function createIngestHandler(deps: IngestDeps): JobHandler {
  const { database, embedder, clock, logger, indexed } = deps
  const now = (): string => clock.now().toISOString()

  async function readDocument(document: IngestedDocument, signal: AbortSignal): Promise<ReadText> {
    if (document.source === 'web' && document.blob === null) {
      const pages = await repository.pagesToRead(database.read, document.id)
      return prepareParsed(
        document,
        await readPages({ read: database.read, reader: deps.reader }, pages, { signal }),
        signal,
      )
    }
    const bytes = document.blob === null ? undefined : await blobBytes(database.read, document.blob)
    if (bytes === undefined) throw new AppError('document_corrupt', 'The stored bytes of this document are missing.')
    if (document.source === 'text') {
      const prepared = await deps.preparer.prepare(
        { title: document.title, content: new TextDecoder().decode(bytes) },
        { signal },
      )
      return {
        ...prepared,
        title: document.title,
        summary: lead(prepared.content),
        parser: 'none',
        mediaType: 'text/plain',
        properties: {},
        warnings: [],
      }
    }
    return prepareParsed(document, await deps.reader.read(bytes, document.filename ?? 'document', { signal }), signal)
  }

  async function prepareParsed(
    document: IngestedDocument,
    parsed: ParsedDocument,
    signal: AbortSignal,
  ): Promise<ReadText> {
    const title = document.titleGiven ? document.title : parsed.properties.title?.trim() || automaticTitle(document)
    const prepared = await deps.preparer.prepare({ title, blocks: parsed.blocks }, { signal })
    return {
      ...prepared,
      title,
      summary: lead(prepared.content),
      parser: parsed.parser,
      mediaType: parsed.mediaType,
      properties: parsed.properties,
      warnings: parsed.warnings,
    }
  }

  async function parse(id: DocumentId, context: JobContext): Promise<boolean> {
    const document = await repository.documentToIngest(database.read, id)
    if (document === undefined) return false
    await database.write((tx) => repository.markProcessing(tx, id, now()))
    context.progress({ stage: 'parse', done: 0, total: 0, message: 'Reading the file' })
    const text = await readDocument(document, context.signal)
    if (text.content.trim() === '') {
      throw new AppError(
        'document_empty',
        'No text was found in the document. If it is a scan, upload a version with text.',
      )
    }
    await deps.room.ensure(text.chunks.length - document.chunks)
    const isStored = await context.step('vectors', async (tx) => {
      const version = await repository.storeText(tx, document, text, now())
      if (version !== undefined) await appendChange(tx, { ...version, document: id })
      return version !== undefined
    })
    if (isStored) {
      await indexed()
      if (text.language !== null && embedder.languages !== 'many' && !embedder.languages.includes(text.language)) {
        logger.warn(
          { document: id, language: text.language, model: embedder.name },
          'The embedding model does not read the language of this document: it is found by its words only',
        )
      }
    }
    return isStored
  }

  async function embed(
    passages: readonly PassageToEmbed[],
    { owner, title }: IngestedDocument,
    signal: AbortSignal,
  ): Promise<EmbeddedPassage[]> {
    const texts = passages.map(({ context, text }) => passageText(title, context, text))
    const embedded = await embedTexts(database.read, embedder, { owner, texts }, { signal }).catch(waitForModel)
    return embedded.flatMap((of, i) => {
      const passage = passages[i]
      return passage === undefined ? [] : [{ id: passage.id, ...of }]
    })
  }

  async function vectors(id: DocumentId, context: JobContext): Promise<void> {
    const document = await repository.documentToIngest(database.read, id)
    if (document === undefined) return
    const batch = Math.min(embedder.maxBatch, MOST_PASSAGES)
    let after = 0
    let done = 0
    let passages = await vectorRepository.passagesToEmbed(database.read, id, embedder.id, after, batch)
    for (;;) {
      const rows = await embed(passages, document, context.signal)
      done += rows.length
      after = rows.at(-1)?.id ?? after
      const following =
        passages.length < batch
          ? []
          : await vectorRepository.passagesToEmbed(database.read, id, embedder.id, after, batch)
      if (following.length === 0) {
        // The last vectors and the document's new state are one commit: fully searchable is never half true.
        await context.step('done', async (tx) => {
          await vectorRepository.storeVectors(tx, id, embedder.id, rows)
          const finished = await repository.finishDocument(tx, id, now())
          if (finished !== undefined) await appendChange(tx, { ...finished, document: id })
        })
        break
      }
      await context.step('vectors', (tx) => vectorRepository.storeVectors(tx, id, embedder.id, rows))
      context.progress({ stage: 'vectors', done, total: done + following.length, message: 'Embedding passages' })
      passages = following
    }
    await indexed()
  }

  return {
    kind: INGEST,
    lanes: { parse: 'words', vectors: 'vectors' },
    firstStage: 'parse',
    async run(job, context) {
      if (job.documentId === null) return
      if (job.stage === 'parse') await parse(job.documentId, context)
      else await vectors(job.documentId, context)
    },
    async onFailed(tx, job, error) {
      if (job.documentId !== null) await repository.markFailed(tx, job.documentId, error, now())
    },
    async onWaiting(tx, job, error) {
      if (job.documentId !== null) await repository.markWaiting(tx, job.documentId, error, now())
    },
    async onCancelled(tx, job) {
      if (job.documentId !== null) await repository.markCancelled(tx, job.documentId, now())
    },
    async onRetried(tx, job) {
      if (job.documentId !== null && (await repository.markProcessing(tx, job.documentId, now()))) return
      throw new AppError('conflict', 'The document of this job is deleted, so there is nothing to read. Send it again.')
    },
  }
}

export const INGEST = 'ingest'

/** Between two commits: what a crash can cost. */
const MOST_PASSAGES = 256

/** A model that cannot be had now is no fault of the document, which is found by its words till it is back. */
function waitForModel(error: unknown): never {
  throw error instanceof AppError && error.code === 'not_ready' ? new JobWaits(error) : error
}

const automaticTitle = ({ filename, title }: IngestedDocument): string =>
  filename === null ? title : titleOfFile(filename)

/** The first sentences of a text, as its summary where nobody gave one. */
function lead(content: string): string {
  const start = content.slice(0, LEAD * 4)
  let end = 0
  for (const sentence of sentences(start)) {
    if (sentence.end > LEAD && end > 0) break
    end = sentence.end
    if (end >= LEAD / 2) break
  }
  const text = start.slice(0, Math.min(end, LEAD)).replace(/\s+/gu, ' ').trim().toWellFormed()
  return end > LEAD ? `${text} …` : text
}

const LEAD = 280
