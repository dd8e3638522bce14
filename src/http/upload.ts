import { type Multipart, type MultipartFile, fastifyMultipart } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'

export interface UploadLimits {
  /** Of the file. */
  readonly maxBytes: number
  /** Of each other field; 1 MiB. */
  readonly maxFieldBytes?: number
}

export interface Upload {
  /** The client's word, without folders; may be empty. */
  readonly filename: string
  readonly bytes: Buffer
  /** The other fields; of a repeated one the last. */
  readonly fields: Readonly<Record<string, string>>
}

const MAX_FIELDS = 32
/** What may surround the file: part headers and the other fields. */
const ENVELOPE = 1_048_576
/** Bytes beyond the limit that are still read away, so that the client reads our refusal instead of a reset. */
const PATIENCE = 64 * 1_048_576

export async function acceptUploads(app: FastifyInstance): Promise<void> {
  await app.register(fastifyMultipart, { throwFileSizeLimit: false })
}

/**
 * The one file of a multipart request, its part named `file`, and the fields beside it, in whatever order. It is
 * held in memory only. Throws `unsupported_media_type` when the request is not multipart, `malformed_request` when it
 * breaks off or holds no file, `payload_too_large` beyond a limit, `invalid_request` for a second file.
 */
export async function readUpload(request: FastifyRequest, limits: UploadLimits): Promise<Upload> {
  if (!request.isMultipart()) {
    throw new AppError('unsupported_media_type', 'Send the file as multipart/form-data, in a part named "file".')
  }
  const { maxBytes, maxFieldBytes = ENVELOPE } = limits
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes + ENVELOPE * 2 + PATIENCE) {
    // Nothing of it is read: closing is the only way to stop so much.
    throw tooLarge(maxBytes)
  }
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  const files: { readonly filename: string; readonly bytes: Buffer }[] = []
  // The first thing wrong is kept until everything has been read, so that the answer reaches a client still sending.
  let wrong: AppError | undefined
  let total = 0
  try {
    const parts = request.parts({
      limits: {
        fileSize: maxBytes,
        fieldSize: maxFieldBytes,
        fields: MAX_FIELDS,
        parts: MAX_FIELDS + 4,
        headerPairs: 64,
      },
    })
    for await (const part of parts) {
      if (part.type === 'field') wrong ??= keepField(part, fields, maxFieldBytes)
      else if (part.fieldname !== 'file') wrong ??= unknownFile(part.fieldname)
      else if (files.length > 0) wrong ??= new AppError('invalid_request', 'Send one file in each request.')
      if (part.type === 'file') {
        const bytes = await readFile(part, (size) => {
          if (wrong !== undefined) return false
          wrong = holdBytes(request, size)
          return wrong === undefined
        })
        if (part.file.truncated) wrong ??= tooLarge(maxBytes)
        // Of an empty name the parser makes none.
        files.push({ filename: part.filename ?? '', bytes })
        total += bytes.length
      }
    }
  } catch (error) {
    throw wrong ?? multipartError(error)
  }
  if (wrong !== undefined) throw wrong
  await request.admitted()
  const file = files[0]
  if (file === undefined)
    throw new AppError('malformed_request', 'The request holds no file: its part must be named "file".')
  request.log.debug({ bytes: total }, 'upload read')
  return { ...file, fields }
}

const tooLarge = (maxBytes: number) =>
  new AppError('payload_too_large', `The file is larger than ${maxBytes} bytes (MAX_UPLOAD_BYTES).`)

const unknownFile = (name: string) =>
  new AppError('malformed_request', `The file must be in a part named "file", not "${name.slice(0, 100)}".`)

function keepField(
  part: Exclude<Multipart, MultipartFile>,
  fields: Record<string, string>,
  maxFieldBytes: number,
): AppError | undefined {
  if (part.valueTruncated || part.fieldnameTruncated) {
    return new AppError(
      'payload_too_large',
      `The field "${part.fieldname.slice(0, 100)}" is larger than ${maxFieldBytes} bytes.`,
    )
  }
  fields[part.fieldname] = typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
  return undefined
}

/** Reads the part to its end, which the parser needs to go on; keeps its bytes only where they are wanted. */
async function readFile(part: MultipartFile, wanted: (bytes: number) => boolean): Promise<Buffer> {
  let chunks: Buffer[] = []
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    if (!part.file.truncated && wanted(chunk.length)) chunks.push(chunk)
    else chunks = []
  }
  return Buffer.concat(chunks)
}

function holdBytes(request: FastifyRequest, bytes: number): AppError | undefined {
  try {
    request.hold(bytes)
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function multipartError(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FIELDS_LIMIT' || code === 'FST_FILES_LIMIT') {
    return new AppError('payload_too_large', `The request has more than ${MAX_FIELDS} fields.`, { cause: error })
  }
  if (error instanceof AppError) return error
  return new AppError('malformed_request', 'The multipart body is broken or incomplete.', { cause: error })
}
