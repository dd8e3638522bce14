import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import { AppError } from '../../core/errors.ts'
import { isSnapshotId } from '../../core/ids.ts'
import type { Audit } from '../../core/ports/people.ts'
import { ownerOf } from '../../http/access.ts'
import { answerOf, binaryBody } from '../../http/api-docs.ts'
import type { App } from '../../http/app.ts'
import { documentId } from '../../http/document-ids.ts'
import { isTooDeep, MAX_DEPTH } from '../../http/json-body.ts'
import { sendJsonList } from '../../http/json-stream.ts'
import { originOf } from '../../http/origin.ts'
import { problemOf } from '../../http/problem.ts'
import { readUpload, type Upload } from '../../http/upload.ts'
import { forUser } from '../../http/user-ids.ts'
import * as present from './presenters.ts'
import type { UploadSurroundings } from './presenters.ts'
import * as schemas from './schemas.ts'
import type { DocumentsService, Received, WithContent } from './service.ts'
import type { WebSnapshots } from './web-snapshots.ts'

interface VectorStore {
  connected(): boolean
  /** Whether it shows all that was committed before the call, within `ms` milliseconds. */
  caughtUp(ms: number): Promise<boolean>
}

/** Milliseconds that a deletion waits for the vector store: nothing shows the document any more in any case. */
const DELETED_MS = 1000

export interface DocumentRoutesDeps {
  readonly documents: DocumentsService
  readonly webSnapshots: WebSnapshots
  /** Of the vectors, as far as it is known. */
  readonly dimension: () => number
  /** What to tell the person besides: for example that the embedder does not read the document's language. */
  readonly hints: (document: Received['document']) => readonly string[]
  readonly uploaded: () => void
  /** Where another server keeps the vectors as well. */
  readonly vectorStore?: VectorStore | undefined
  readonly maxUploadBytes: number
  readonly audit: Audit
}

export function documentRoutes(app: App, deps: DocumentRoutesDeps): void {
  const { documents, webSnapshots, dimension, hints, maxUploadBytes } = deps
  const byId = z.object({ id: documentId })
  const tags = ['Documents']

  const surroundings = async ({ document }: Received): Promise<UploadSurroundings> => ({
    dimension: dimension(),
    isStoredTwice: deps.vectorStore?.connected() === true,
    warnings: [...(await documents.warnings(document)), ...hints(document)],
  })

  app.post(
    '/api/v1/upload-file',
    {
      config: { access: 'user', multipart: uploadParts },
      bodyLimit: maxUploadBytes + ENVELOPE,
      schema: {
        tags,
        summary: 'Upload a file',
        consumes: ['multipart/form-data'],
        response: { 200: schemas.uploadResult, 202: schemas.uploadResult },
      },
    },
    async (request, reply) => {
      const upload = await readUpload(request, { maxBytes: maxUploadBytes })
      const received = await documents.upload(request.caller.userId, {
        bytes: upload.bytes,
        filename: canonicalText(upload.filename).trim().slice(-MAX_NAME).toWellFormed() || 'document',
        ...uploadFields(upload),
      })
      if (!received.known) deps.uploaded()
      return reply.status(received.ready ? 200 : 202).send(present.uploadResult(received, await surroundings(received)))
    },
  )

  app.post(
    '/api/documents',
    {
      config: { access: 'user' },
      bodyLimit: maxUploadBytes + ENVELOPE,
      schema: {
        tags,
        summary: 'Add a text',
        body: schemas.newText,
        response: { 200: schemas.newTextResult, 202: schemas.newTextResult },
      },
    },
    async (request, reply) => {
      const { content, ...fields } = request.body
      const received = await documents.addText(request.caller.userId, { ...fields, content: canonicalText(content) })
      deps.uploaded()
      return reply.status(received.ready ? 200 : 202).send({
        document_id: received.document.id,
        chat_id: received.document.chat_id,
        job_id: received.job ?? null,
        status: received.document.status,
      })
    },
  )

  app.get(
    '/api/v1/documents',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'List documents, newest first',
        querystring: schemas.page.extend({ full: schemas.flag, ...forUser.shape }),
        response: { 200: schemas.documentList },
      },
    },
    async (request, reply) => {
      const { full, user_id, ...page } = request.query
      const userId = ownerOf(request, user_id)
      if (full) {
        const { documents: found, total } = await documents.listWhole(userId, page)
        return sendJsonList(reply, { field: 'documents', items: views(found), rest: present.listTotal(total) })
      }
      const { documents: found, total } = await documents.list(userId, page)
      return {
        documents: found.map(({ document, content }) => present.documentView(document, content)),
        ...present.listTotal(total),
      }
    },
  )

  app.get(
    '/api/v1/documents/:id/content',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Text of a document, of a version where one is named',
        description: 'Also of a page of the web that an answer cites, by the `doc_id` and `version` of its citation.',
        params: byId,
        querystring: forUser.extend({
          version: z.coerce
            .number()
            .int()
            .min(1)
            .max(2 ** 31)
            .optional(),
        }),
        response: { 200: schemas.contentView },
      },
    },
    async (request) => {
      const owner = ownerOf(request, request.query.user_id)
      const { id } = request.params
      const { version } = request.query
      if (isSnapshotId(id)) return present.snapshotView(await webSnapshots.read(owner, id, version))
      return present.contentView(await documents.content(owner, id, version))
    },
  )

  app.get(
    '/api/documents/:id/content',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Text of a document',
        params: byId,
        querystring: forUser,
        response: { 200: schemas.plainContentView },
      },
    },
    async (request) =>
      present.plainContentView(await documents.content(ownerOf(request, request.query.user_id), request.params.id)),
  )

  app.get(
    '/api/v1/documents/:id/file',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'The original file, as a download',
        description: 'A site that was crawled into one document has none: there it is the text, named after the title.',
        params: byId,
        querystring: forUser,
        response: {
          200: answerOf(
            'The bytes as they were sent; of a site in one document its text in UTF-8.',
            'application/octet-stream',
          ),
        },
      },
    },
    async (request, reply) => {
      const { document, bytes } = await documents.file(ownerOf(request, request.query.user_id), request.params.id)
      return reply
        .type('application/octet-stream')
        .header('content-disposition', attachment(document.filename ?? `${document.title}.txt`))
        .send(bytes)
    },
  )

  app.patch(
    '/api/v1/documents/:id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Change title, summary or metadata',
        params: byId,
        querystring: forUser,
        body: schemas.documentChange,
        response: { 200: schemas.documentView },
      },
    },
    async (request) => {
      const userId = ownerOf(request, request.query.user_id)
      await documents.change(userId, request.params.id, request.body)
      const { document, content } = await documents.content(userId, request.params.id)
      return present.documentView(document, content)
    },
  )

  app.post(
    '/api/v1/documents/:id/reprocess',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Read the document again',
        params: byId,
        querystring: forUser,
        response: { 202: schemas.jobStarted },
      },
    },
    async (request, reply) => {
      const { job } = await documents.reprocess(ownerOf(request, request.query.user_id), request.params.id)
      return reply.status(202).send({ job_id: job, message: 'The document is being read again.' })
    },
  )

  app.delete(
    '/api/v1/documents/:id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Delete a document',
        params: byId,
        querystring: forUser,
        response: { 200: schemas.deletion, 404: schemas.nothingDeleted },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if (await documents.remove(ownerOf(request, request.query.user_id), id)) {
        await deps.audit.record({ ...originOf(request), action: 'document.delete', target: id, outcome: 'success' })
        const isGone = await deps.vectorStore?.caughtUp(DELETED_MS)
        const deleted_from = ['database', 'search_index', ...(isGone === true ? ['milvus'] : [])]
        const pending = isGone === false ? { pending: ['milvus'] } : {}
        const message = 'The document is deleted.'
        return { status: 'success' as const, message, deleted_from, ...pending, document_id: id }
      }
      const problem = problemOf(new AppError('not_found', `There is no document ${id}.`), request.id)
      const nothing = { status: 'not_found' as const, message: problem.detail, deleted_from: [], document_id: id }
      return reply.status(404).send({ ...problem, ...nothing })
    },
  )

  app.get(
    '/api/documents/by-chat/:chat_id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Documents uploaded in a chat',
        params: z.object({ chat_id: schemas.chatId }),
        querystring: forUser,
        response: { 200: schemas.chatDocuments },
      },
    },
    async (request) => {
      const { chat_id } = request.params
      const found = await documents.ofChat(ownerOf(request, request.query.user_id), chat_id)
      return {
        chat_id,
        count: found.length,
        documents: found.map(({ document, content }) => present.documentView(document, content)),
      }
    },
  )
}

async function* views(found: AsyncIterable<WithContent>): AsyncGenerator<ReturnType<typeof present.documentView>> {
  for await (const { document, content } of found) yield present.documentView(document, content)
}

/** Characters of a file's name that are kept: its end, where the extension is. */
const MAX_NAME = 255

/** Room for the other fields and the marks between them. */
const ENVELOPE = 1_048_576

const fields = z.object({
  title: schemas.title.optional(),
  summary: schemas.summary.optional(),
  chat_id: schemas.chatId.optional(),
})

const uploadParts = fields.extend({
  file: binaryBody,
  metadata: z.string().optional().describe('A JSON object.'),
})

/** The fields beside the file; `metadata` is JSON in a string. An empty field is one that was left out. */
function uploadFields({ fields: sent }: Upload) {
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value.trim() !== ''))
  const parsed = fields.safeParse(given)
  if (!parsed.success) {
    throw new AppError('invalid_request', 'A field of the upload is not valid.', {
      fields: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    })
  }
  const { title, summary, chat_id: chatId } = parsed.data
  return { title, summary, chatId, metadata: given.metadata === undefined ? undefined : parseMetadata(given.metadata) }
}

function parseMetadata(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isTooDeep(value)) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`)
    return schemas.sentMetadata.parse(value)
  } catch (error) {
    throw new AppError('invalid_request', `metadata must be a JSON object of at most ${MAX_DEPTH} levels.`, {
      cause: error,
      fields: [{ path: 'metadata', message: 'Not a JSON object' }],
    })
  }
}

/** RFC 6266: an ASCII name for all, the full one in UTF-8 for those who read it. */
function attachment(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_').slice(0, 200)
  const encoded = encodeURIComponent(filename.slice(0, 200).toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
