import { extname } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { DocumentParser } from '../../core/ports/reading.ts'
import { binaryType } from './binary-type.ts'
import { adviceFor, familyOf, isTextual, labelOf, UNREAD_EXTENSIONS } from './media-types.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'
import { parserForExtension, parserForMediaType } from './registry.ts'
import { decodeText } from './text.ts'
import { sniffText, validates } from './text-type.ts'

export interface Detected {
  readonly parser: DocumentParser
  readonly mediaType: string
  readonly warnings: readonly string[]
}

/**
 * Decides by content what a file is, and checks that its name does not claim otherwise.
 * @throws AppError `document_empty`, `document_type_mismatch`, `unsupported_media_type`, `document_corrupt`,
 *   `document_encrypted`
 */
export const detect = async (
  bytes: Uint8Array,
  filename: string,
  limits: ParseLimits = DEFAULT_LIMITS,
): Promise<Detected> => {
  if (bytes.length === 0) throw new AppError('document_empty', 'The file is empty. Upload one that holds text.')
  const extension = extname(filename).toLowerCase()
  const claimed = claimedType(extension)
  const decoded = await decodeText(bytes)
  const binary = await binaryType(
    bytes,
    decoded === undefined || decoded.byPattern ? undefined : decoded.text,
    extension,
    limits,
  )
  if (binary !== undefined) return fromBinary(binary, claimed, extension)
  if (decoded === undefined) throw unknownBinary(claimed, extension)
  if (decoded.text.trim() === '') {
    throw new AppError('document_empty', 'The file holds nothing but white space. Upload one that holds text.')
  }
  return fromText(decoded.text, claimed, extension)
}

const claimedType = (extension: string): string | undefined =>
  parserForExtension(extension)?.mediaTypes[0] ?? UNREAD_EXTENSIONS[extension]

const fromBinary = (mediaType: string, claimed: string | undefined, extension: string): Detected => {
  const family = familyOf(mediaType)
  if (claimed !== undefined && familyOf(claimed) !== family) {
    throw new AppError(
      'document_type_mismatch',
      `The file is named ${extension} but holds ${labelOf(mediaType)}. Rename it to what it is, or upload the right file.`,
    )
  }
  const parser = parserForMediaType(mediaType)
  if (parser === undefined) throw unsupported(mediaType)
  const renamed = claimed !== undefined && !parser.extensions.includes(extension) && claimed !== mediaType
  return {
    parser,
    mediaType,
    warnings: renamed ? [`The file is named ${extension} but holds ${labelOf(mediaType)}; it was read as that.`] : [],
  }
}

const unsupported = (mediaType: string): AppError =>
  new AppError('unsupported_media_type', `This is ${labelOf(mediaType)}, which cannot be read. ${adviceFor(mediaType)}`)

const unknownBinary = (claimed: string | undefined, extension: string): AppError => {
  if (claimed === undefined) return unsupported('application/octet-stream')
  if (isTextual(claimed)) {
    return new AppError(
      'document_type_mismatch',
      `The file is named ${extension} but holds binary data, no text. Upload the right file, or export it as text or PDF.`,
    )
  }
  return new AppError(
    'document_corrupt',
    `The file is named ${extension} but does not begin like ${labelOf(claimed)}: it is damaged or incomplete. Export or download it again.`,
  )
}

/** Programs write HTML and CSV under the names of old Office types so that a double click opens them. */
const TEXT_UNDER_OFFICE_NAMES: ReadonlySet<string> = new Set(['.doc', '.xls', '.rtf'])

const fromText = (text: string, claimed: string | undefined, extension: string): Detected => {
  if (claimed === undefined) return textParser(sniffText(text), [])
  if (isTextual(claimed)) {
    const problem = validates(claimed, text)
    if (problem === undefined) return textParser(claimed, [])
    return textParser('text/plain', [`The file is named ${extension} but ${problem}; it was read as plain text.`])
  }
  if (TEXT_UNDER_OFFICE_NAMES.has(extension)) {
    const found = sniffText(text)
    const mediaType = extension === '.xls' && found === 'text/plain' ? 'text/csv' : found
    return textParser(mediaType, [`The file is named ${extension} but holds text (${mediaType}); it was read as that.`])
  }
  throw new AppError(
    'document_type_mismatch',
    `The file is named ${extension} but holds text, not ${labelOf(claimed)}. Rename it to .txt, or upload the right file.`,
  )
}

const textParser = (mediaType: string, warnings: readonly string[]): Detected => {
  const parser = parserForMediaType(mediaType)
  if (parser === undefined) throw unsupported(mediaType)
  return { parser, mediaType, warnings }
}
