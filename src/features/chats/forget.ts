import type { DocumentId } from '../../core/ids.ts'
import { deletedOf, documentsIn, unlinkPagesOfEntry, unlinkPagesOfMessage } from '../../database/cited-documents.ts'
import type { Database, Tx } from '../../database/database.ts'

/** Stands where an answer stood of which nothing may be kept. */
const REMOVED = 'The document that this answer was drawn from was deleted.'

type Json = Readonly<Record<string, unknown>>

/** For CITATIONS_OF_DELETED=remove. */
export interface Forgetting {
  /**
   * Takes what came from documents out of every stored answer: their quotes and titles, the sentences of the answer that
   * cite them or nothing, and the streams that said the same. After they are deleted, in the same transaction.
   */
  forget(tx: Tx, deleted: readonly DocumentId[]): Promise<void>
  /**
   * The same for those of the documents that were deleted while an answer was made from them. After that answer is stored
   * and linked with them, in the same transaction.
   */
  forgetDeleted(tx: Tx, documents: Iterable<DocumentId>): Promise<void>
}

export function createForgetting({ dialect }: Pick<Database, 'dialect'>): Forgetting {
  async function forget(tx: Tx, deleted: readonly DocumentId[]): Promise<void> {
    for (const id of deleted) {
      await forgetInMessages(tx, id)
      await forgetInHistory(tx, id)
    }
  }
  /** Answers that end in one transaction end side by side, but what one of them changes another must not read before. */
  const lastOf = new WeakMap<Tx, Promise<void>>()
  return {
    forget,
    forgetDeleted(tx, documents) {
      const before = lastOf.get(tx) ?? Promise.resolve()
      const own = before.then(async () => forget(tx, await deletedOf(tx, dialect, documents)))
      // Where one fails the transaction is undone, and whoever ran it hears of that.
      lastOf.set(
        tx,
        own.catch(() => undefined),
      )
      return own
    },
  }
}

async function forgetInMessages(tx: Tx, document: DocumentId): Promise<void> {
  const rows = await tx
    .deleteFrom('message_documents')
    .where('document_id', '=', document)
    .returning('message_id')
    .execute()
  for (const { message_id: id } of rows) {
    const row = await tx
      .selectFrom('messages')
      .select(['state', 'content', 'sources', 'citations', 'metadata'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) continue
    const citations = JSON.parse(row.citations) as Json[]
    const metadata = JSON.parse(row.metadata) as Json
    const kept = withoutDocument(
      { text: row.content, citations, metadata, complete: row.state === 'complete' },
      document,
    )
    const rest = without(citations, document) as Json[]
    const sources = (without(JSON.parse(row.sources), document) as Json[]).filter(isKept(rest))
    await tx
      .updateTable('messages')
      .set({
        content: kept.text,
        citations: JSON.stringify(rest),
        sources: JSON.stringify(sources),
        metadata: JSON.stringify(kept.metadata),
      })
      .where('id', '=', id)
      .execute()
    await unlinkPagesOfMessage(tx, id, documentsIn([rest, sources, kept.metadata]))
    await tx.deleteFrom('answer_events').where('message_id', '=', id).execute()
  }
}

/** A history entry names its sources but not which sentence is whose: of one of several sources nothing can be kept. */
async function forgetInHistory(tx: Tx, document: DocumentId): Promise<void> {
  const rows = await tx
    .deleteFrom('history_documents')
    .where('document_id', '=', document)
    .returning('entry_id')
    .execute()
  for (const { entry_id: id } of rows) {
    const row = await tx.selectFrom('question_history').select('details').where('id', '=', id).executeTakeFirst()
    if (row === undefined) continue
    const details = without(JSON.parse(row.details), document) as Json
    const sources = (details.sources as readonly Json[]).filter(({ web_search }) => web_search !== true)
    const kept = { ...details, sources, reasoning: '' }
    await tx
      .updateTable('question_history')
      .set({ answer: REMOVED, details: JSON.stringify(kept) })
      .where('id', '=', id)
      .execute()
    await unlinkPagesOfEntry(tx, id, documentsIn(sources))
  }
}

interface StoredAnswer {
  readonly text: string
  readonly citations: readonly Json[]
  readonly metadata: Json
  readonly complete: boolean
}

interface Sentence extends Json {
  readonly start: number
  readonly end: number
  /** Places in the list of citations. */
  readonly citations: readonly number[]
}

function withoutDocument(answer: StoredAnswer, document: DocumentId): { text: string; metadata: Json } {
  const { text, citations, metadata, complete } = answer
  const rest = citations.filter(({ doc_id }) => doc_id !== document)
  const others = without(metadata, document) as Json
  const cleaned = { ...others, ...withoutSearches(others, rest) }
  const cited = citations.filter(({ doc_id }) => doc_id === document)
  // It was found for the question, and nothing was drawn from it.
  if (complete && cited.length === 0) return { text, metadata: { ...cleaned, reasoning: '' } }
  /** Where each citation that stays will stand. */
  const places = new Map(
    [...citations.keys()].filter((at) => citations[at]?.doc_id !== document).map((at, to) => [at, to]),
  )
  const sentences = (complete ? cleaned.sentences : undefined) as readonly Sentence[] | undefined
  let kept = ''
  const keptSentences: Sentence[] = []
  for (const sentence of sentences ?? []) {
    const stay = sentence.citations.flatMap((at) => places.get(at) ?? [])
    if (stay.length === 0 || stay.length < sentence.citations.length) continue
    const start = kept === '' ? 0 : kept.length + 1
    kept += `${kept === '' ? '' : ' '}${text.slice(sentence.start, sentence.end)}`
    keptSentences.push({ ...sentence, start, end: kept.length, citations: stay })
  }
  // Two documents may say the same.
  const repeats = cited.some(({ quote }) => typeof quote === 'string' && quote !== '' && kept.includes(quote))
  if (kept === '' || repeats) return { text: REMOVED, metadata: { ...cleaned, reasoning: '', sentences: [] } }
  return { text: kept, metadata: { ...cleaned, reasoning: '', sentences: keptSentences } }
}

/**
 * What was searched for may be in the words of any document that was read, which none of them says; and so may what the web
 * was found to say of it. Pages that are still cited stay.
 */
function withoutSearches(metadata: Json, citations: readonly Json[]): Json {
  const { search_steps: steps, searched_question: question, question_parts: parts } = metadata
  const { web_sources: pages, found_instructions: instructions, candidate_quotes: candidates } = metadata
  const isCited = isCitedBy(citations)
  return {
    ...(steps === undefined ? {} : { search_steps: [] }),
    ...(question === undefined ? {} : { searched_question: '' }),
    ...(parts === undefined ? {} : { question_parts: [] }),
    ...(candidates === undefined
      ? {}
      : { candidate_quotes: (candidates as readonly Json[]).filter(isKept(citations)) }),
    ...(pages === undefined ? {} : { web_sources: (pages as readonly Json[]).filter(isCited) }),
    ...(instructions === undefined
      ? {}
      : { found_instructions: (instructions as readonly Json[]).filter((one) => one.where !== 'web' || isCited(one)) }),
  }
}

function isCitedBy(citations: readonly Json[]): (one: Json) => boolean {
  const cited = new Set(citations.map(({ doc_id }) => doc_id))
  // Citations and pages name it as `doc_id`, sources as `id`.
  return ({ id, doc_id = id }) => typeof doc_id === 'string' && cited.has(doc_id)
}

/** Of sources and quotes: those of documents, and of the web those that are cited. */
function isKept(citations: readonly Json[]): (one: Json) => boolean {
  const isCited = isCitedBy(citations)
  return (one) => (one.web_search !== true && one.type !== 'web') || isCited(one)
}

/** The value without what names the document, in lists at any depth: its citations, quotes and sources. */
function without(value: unknown, document: DocumentId): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !names(item, document)).map((item: unknown) => without(item, document))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, without(field, document)]))
}

const names = (item: unknown, document: DocumentId): boolean =>
  typeof item === 'object' &&
  item !== null &&
  (('doc_id' in item && item.doc_id === document) || ('id' in item && item.id === document))
