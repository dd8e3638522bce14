import { sql } from 'kysely'
import type { DocumentId, MessageId } from '../../core/ids.ts'
import type { Logger } from '../../core/ports.ts'
import type { Database, Tx } from '../../database/database.ts'

/** Stands where an answer stood of which nothing may be kept. */
const REMOVED = 'The document that this answer was drawn from was deleted.'

type Json = Readonly<Record<string, unknown>>

/**
 * Takes what came from documents that are deleted out of every stored answer (CITATIONS_OF_DELETED=remove): their
 * quotes and titles, the sentences of the answer that cite them or nothing, and the streams that said the same. Gives
 * the answers that are still being made from them: call again for these documents when those have ended.
 */
async function forgetDocuments(tx: Tx, ids: readonly DocumentId[]): Promise<MessageId[]> {
  const unfinished: MessageId[] = []
  for (const id of ids) {
    unfinished.push(...(await forgetInMessages(tx, id)))
    await forgetInHistory(tx, id)
  }
  return unfinished
}

async function forgetInMessages(tx: Tx, document: DocumentId): Promise<MessageId[]> {
  const named = `%${document}%`
  const rows = await tx
    .selectFrom('messages')
    .select(['id', 'state', 'content', 'sources', 'citations', 'metadata'])
    .where('role', '=', 'assistant')
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('citations', 'like', named),
        eb('sources', 'like', named),
        eb('metadata', 'like', named),
        exists(
          selectFrom('answer_events')
            .select(sql`1`.as('one'))
            .whereRef('message_id', '=', 'messages.id')
            .where('data', 'like', named),
        ),
      ]),
    )
    .execute()
  const unfinished: MessageId[] = []
  for (const row of rows) {
    if (row.state === 'generating') {
      unfinished.push(row.id)
      continue
    }
    const citations = JSON.parse(row.citations) as Json[]
    const metadata = JSON.parse(row.metadata) as Json
    const kept = withoutDocument(
      { text: row.content, citations, metadata, complete: row.state === 'complete' },
      document,
    )
    await tx
      .updateTable('messages')
      .set({
        content: kept.text,
        citations: JSON.stringify(without(citations, document)),
        sources: JSON.stringify(without(JSON.parse(row.sources), document)),
        metadata: JSON.stringify(kept.metadata),
      })
      .where('id', '=', row.id)
      .execute()
    await tx.deleteFrom('answer_events').where('message_id', '=', row.id).execute()
  }
  return unfinished
}

/** A history entry names its sources but not which sentence is whose: of one of several sources nothing can be kept. */
async function forgetInHistory(tx: Tx, document: DocumentId): Promise<void> {
  const rows = await tx
    .selectFrom('question_history')
    .select(['id', 'details'])
    .where('details', 'like', `%${document}%`)
    .execute()
  for (const { id, details } of rows) {
    const kept = { ...(without(JSON.parse(details), document) as Json), reasoning: '' }
    await tx
      .updateTable('question_history')
      .set({ answer: REMOVED, details: JSON.stringify(kept) })
      .where('id', '=', id)
      .execute()
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
  const cleaned = without(metadata, document) as Json
  const cited = citations.filter(({ doc_id }) => doc_id === document)
  // It was found for the question, and nothing was drawn from it.
  if (complete && cited.length === 0) return { text, metadata: { ...cleaned, reasoning: '' } }
  /** Where each citation that stays will stand. */
  const places = new Map(
    [...citations.keys()].filter((at) => citations[at]?.doc_id !== document).map((at, to) => [at, to]),
  )
  const sentences = (complete ? metadata.sentences : undefined) as readonly Sentence[] | undefined
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

/**
 * `forgetDocuments` for whoever deletes documents. Answers that are still being made from them are looked at again until
 * they have ended.
 */
export function createForgetting({ database, logger }: { database: Database; logger: Logger }) {
  const timers = new Set<NodeJS.Timeout>()

  function again(ids: readonly DocumentId[]): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      database
        .write((tx) => forgetDocuments(tx, ids))
        .then((unfinished) => {
          if (unfinished.length > 0) again(ids)
        })
        .catch((error: unknown) => {
          logger.warn({ err: error }, 'Quotes of deleted documents could not be removed yet')
          again(ids)
        })
    }, AGAIN_MS).unref()
    timers.add(timer)
  }

  return {
    async forget(tx: Tx, ids: readonly DocumentId[]): Promise<void> {
      if ((await forgetDocuments(tx, ids)).length > 0) again(ids)
    },
    close: async () => timers.forEach(clearTimeout),
  }
}

const AGAIN_MS = 1000
