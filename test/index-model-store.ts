// What the product writes of documents, passages and vectors, in its own words, without reading any file.
import { passageText } from '../src/core/documents.ts'
import type { DocumentId, UserId } from '../src/core/ids.ts'
import { appendChange } from '../src/database/change-log.ts'
import type { Database, Tx } from '../src/database/database.ts'
import { documentEstate } from '../src/features/documents/estate.ts'
import { changeOwner, removeDocument } from '../src/features/documents/repository.ts'
import type { Ingestion } from '../src/features/documents/service.ts'
import { documentToIngest, finishDocument, storeText } from '../src/features/ingestion/repository.ts'
import { passagesToEmbed, storeVectors, textHash } from '../src/features/ingestion/vector-repository.ts'
import { addDocument } from './databases.ts'
import { vectorFrom, type ModelPassage } from './index-model-texts.ts'

export const MODEL = 'model@1'

const now = (): string => new Date().toISOString()
const VECTORS_AT_ONCE = 500

export type Store = ReturnType<typeof createStore>

/** Nothing is being read: jobs are no part of this. */
const INGESTION = {
  cancelAll: async () => undefined,
  wake: () => undefined,
  indexed: async () => undefined,
} as unknown as Ingestion

export function createStore(database: Database) {
  const estate = documentEstate({ database, ingestion: INGESTION })

  /** Another version in the document's place; the same text again keeps its version, its passages are new. */
  async function write(document: DocumentId, title: string, passages: readonly ModelPassage[]): Promise<void> {
    const known = await documentToIngest(database.read, document)
    if (known === undefined) throw new Error(`There is no document ${document}`)
    const text = {
      title,
      summary: '',
      parser: 'model',
      mediaType: 'text/plain',
      properties: {},
      warnings: [],
      content: passages.map((passage) => passage.text).join('\n'),
      blocks: [],
      chunks: passages.map(({ context, text }, ordinal) => ({
        ordinal,
        start: 0,
        end: text.length,
        page: null,
        headings: [],
        context,
        text,
        tokens: 1,
      })),
      language: null,
    }
    await database.write(async (tx) => {
      const stored = await storeText(tx, known, text, now())
      if (stored !== undefined) await appendChange(tx, { ...stored, document })
    })
  }

  return {
    async insert(owner: UserId, title: string, passages: readonly ModelPassage[]): Promise<DocumentId> {
      const document = await addDocument(database, owner)
      await write(document, title, passages)
      return document
    },

    write,

    /** The same text in passages of their own, which take over what vectors there are. */
    async readAgain(document: DocumentId): Promise<void> {
      const rows = await database.read
        .selectFrom('chunks')
        .innerJoin('documents', 'documents.id', 'chunks.document_id')
        .select(['documents.title', 'chunks.context', 'chunks.text'])
        .where('chunks.document_id', '=', document)
        .orderBy('chunks.ordinal')
        .execute()
      await write(document, rows[0]?.title ?? '', rows)
    },

    /** Gives passages that have none a vector; only the first half where the other one is still being made. */
    async embed(document: DocumentId, seed: number, { half = false } = {}): Promise<void> {
      const known = await documentToIngest(database.read, document)
      const missing = await passagesToEmbed(database.read, document, MODEL, 0, Number.MAX_SAFE_INTEGER)
      const rows = missing.slice(0, half ? Math.ceil(missing.length / 2) : missing.length).map((passage, i) => ({
        id: passage.id,
        hash: textHash(passageText(known?.title ?? '', passage.context, passage.text)),
        vector: new Uint8Array(vectorFrom(seed + i).buffer),
      }))
      for (let at = 0; at < rows.length; at += VECTORS_AT_ONCE)
        await database.write((tx) => storeVectors(tx, document, MODEL, rows.slice(at, at + VECTORS_AT_ONCE)))
      await database.write(async (tx) => {
        const state = half ? known : await finishDocument(tx, document, now())
        if (state !== undefined) await appendChange(tx, { owner: state.owner, version: state.version, document })
      })
    },

    async move(document: DocumentId, to: UserId): Promise<void> {
      const from = (await documentToIngest(database.read, document))?.owner
      if (from === undefined) throw new Error(`There is no document ${document}`)
      await database.write(async (tx) => {
        for (const { version } of await changeOwner(tx, [document], to)) {
          await appendChange(tx, { owner: from, document, version })
          await appendChange(tx, { owner: to, document, version })
        }
      })
    },

    async rename(document: DocumentId, title: string): Promise<void> {
      await database.write(async (tx) => {
        const { owner_id: owner, current_version: version } = await tx
          .updateTable('documents')
          .set({ title, title_given: 1 })
          .where('id', '=', document)
          .returning(['owner_id', 'current_version'])
          .executeTakeFirstOrThrow()
        await appendChange(tx, { owner, document, version })
      })
    },

    async remove(document: DocumentId): Promise<void> {
      await database.write(async (tx: Tx) => {
        const { owner_id: owner } = await tx
          .selectFrom('documents')
          .select('owner_id')
          .where('id', '=', document)
          .executeTakeFirstOrThrow()
        await removeDocument(tx, database.dialect, owner, document)
      })
    },

    removeAll: (owner: UserId) => estate.remove(owner),
    transfer: (from: UserId, to: UserId) => estate.transfer(from, to),
  }
}
