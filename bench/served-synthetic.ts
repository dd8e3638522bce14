// A store of any size for a real server, written into its database by the repositories that ingestion writes with, without
// reading or embedding anything: texts and vectors are those of bench/synthetic.ts. Made once and kept in .bench/.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../scripts/drills/server.ts'
import { passageText, type ChunkDraft } from '../src/core/documents.ts'
import { LOCAL_USER, newDocumentId, type UserId } from '../src/core/ids.ts'
import { appendChange } from '../src/database/change-log.ts'
import type { Database, Tx } from '../src/database/database.ts'
import { openSqlite } from '../src/database/sqlite/open.ts'
import { insertDocument } from '../src/features/documents/repository.ts'
import { documentToIngest, finishDocument, storeText } from '../src/features/ingestion/repository.ts'
import { passagesToEmbed, storeVectors, textHash } from '../src/features/ingestion/vector-repository.ts'
import { quietLogger } from '../test/databases.ts'
import { CHUNKS_PER_DOCUMENT, type Synthetic } from './synthetic.ts'

const DOCUMENTS_A_TRANSACTION = 20

/** @param model id of the embedder whose vectors these are; gives the data folder, which nobody should change */
export async function servedSynthetic(data: Synthetic, model: string): Promise<string> {
  const folder = join(root, '.bench', 'served', `synthetic-${data.rows}`)
  const dataDir = join(folder, 'data')
  const done = join(folder, 'model.json')
  if (existsSync(done)) return dataDir
  console.log(`writing ${data.rows} chunks to ${folder}, once`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true })
  const database = await openSqlite({ path: join(dataDir, 'evident.db'), logger: quietLogger })
  try {
    await writeDocuments(database, data, { model, ownerOf: () => LOCAL_USER })
  } finally {
    await database.close()
  }
  await writeFile(done, JSON.stringify(model))
  return dataDir
}

interface Written {
  /** Id of the embedder whose vectors these are. */
  readonly model: string
  /** Of the document that begins with this row. */
  readonly ownerOf: (row: number) => UserId
}

/** All documents of the collection, as their jobs leave them. */
export async function writeDocuments(database: Database, data: Synthetic, written: Written): Promise<void> {
  const { dialect } = database
  const batch = DOCUMENTS_A_TRANSACTION * CHUNKS_PER_DOCUMENT
  for (let first = 0; first < data.rows; first += batch) {
    await database.write(async (tx) => {
      const end = Math.min(data.rows, first + batch)
      for (let row = first; row < end; row += CHUNKS_PER_DOCUMENT) {
        await writeDocument(tx, data, row, { dialect, model: written.model, owner: written.ownerOf(row) })
      }
    })
  }
}

interface OneWritten {
  readonly dialect: Database['dialect']
  readonly model: string
  readonly owner: UserId
}

/** The document that begins with this row. */
async function writeDocument(
  tx: Tx,
  data: Synthetic,
  first: number,
  { dialect, model, owner }: OneWritten,
): Promise<void> {
  const rows = Array.from({ length: Math.min(CHUNKS_PER_DOCUMENT, data.rows - first) }, (_, i) => first + i)
  const passages = rows.map((row) => data.passage(row))
  const title = passages[0]?.title ?? ''
  const content = passages.map(({ text }) => text).join('\n\n')
  const bytes = new TextEncoder().encode(content)
  const now = new Date().toISOString()
  const row = await insertDocument(tx, dialect, {
    id: newDocumentId(),
    owner,
    title,
    titleGiven: true,
    summary: '',
    metadata: {},
    chatId: null,
    source: 'text',
    filename: null,
    mediaType: 'text/plain',
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    now,
  })
  const document = row && (await documentToIngest(tx, row.id))
  if (document === undefined) throw new Error('The document was not stored')
  const chunks = drafts(passages.map(({ text }) => text))
  await storeText(
    tx,
    document,
    {
      title,
      summary: content.slice(0, SUMMARY),
      parser: 'bench',
      mediaType: 'text/plain',
      properties: {},
      warnings: [],
      content,
      blocks: chunks.map(({ start, end }) => ({ kind: 'text', start, end })),
      chunks,
      language: 'en',
    },
    now,
  )
  const stored = await passagesToEmbed(tx, document.id, model, 0, CHUNKS_PER_DOCUMENT)
  await storeVectors(
    tx,
    document.id,
    model,
    stored.map(({ id, context, text }, i) => ({
      id,
      hash: textHash(passageText(title, context, text)),
      vector: bytesOf(data.vector(first + i)),
    })),
  )
  const finished = await finishDocument(tx, document.id, now)
  if (finished === undefined) throw new Error('The document is gone')
  await appendChange(tx, { ...finished, document: document.id })
}

const SUMMARY = 300

function drafts(texts: readonly string[]): ChunkDraft[] {
  let at = 0
  return texts.map((text, ordinal) => {
    const start = at
    at += text.length + 2
    const tokens = Math.ceil(text.length / 4)
    return { ordinal, start, end: start + text.length, page: null, headings: [], context: '', text, tokens }
  })
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
