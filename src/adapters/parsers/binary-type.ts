import { AppError } from '../../core/errors.ts'
import { oleEntryNames } from './ole.ts'
import type { ParseLimits } from './options.ts'
import { encryptedError, openZip, type ZipContainer } from './zip.ts'

const OLE = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]
const OFFICE = 'application/vnd.openxmlformats-officedocument'

/**
 * The media type of a binary file by its first bytes and, for containers, by what is inside; undefined for text and
 * for bytes that no known type begins with. `text` is the content where it decodes as text: then only types whose
 * files may be plain characters are looked for, since a text can begin with any "magic" letters.
 */
export const binaryType = async (
  bytes: Uint8Array,
  text: string | undefined,
  extension: string,
  limits: ParseLimits,
): Promise<string | undefined> => {
  if (isPdf(bytes, extension)) return 'application/pdf'
  const start = text ?? Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  if (/^\s{0,16}\{\\rtf/.test(start)) return 'application/rtf'
  if (text !== undefined) return undefined
  if (OLE.every((byte, index) => bytes[index] === byte)) return oleType(bytes)
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5))
    return zipType(openZip(bytes, limits))
  const { fileTypeFromBuffer } = await import('file-type')
  const mime = (await fileTypeFromBuffer(bytes))?.mime
  return mime === 'image/heif' ? 'image/heic' : mime
}

/** Readers accept a PDF header anywhere in the first KiB; we do only where the name says PDF. */
const isPdf = (bytes: Uint8Array, extension: string): boolean => {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString('latin1')
  return /^(\xef\xbb\xbf)?\s{0,64}%PDF-/.test(head) || (extension === '.pdf' && head.includes('%PDF-'))
}

const oleType = (bytes: Uint8Array): string => {
  const names = oleEntryNames(bytes)
  if (names === undefined) {
    throw new AppError(
      'document_corrupt',
      'The file is damaged or incomplete: its directory cannot be read. Export or download it again.',
    )
  }
  if (names.includes('EncryptedPackage')) throw encryptedError()
  if (names.includes('WordDocument')) return 'application/msword'
  if (names.includes('PowerPoint Document')) return 'application/vnd.ms-powerpoint'
  if (names.includes('Workbook') || names.includes('Book')) return 'application/vnd.ms-excel'
  if (names.some((name) => name.startsWith('__properties_version'))) return 'application/vnd.ms-outlook'
  return 'application/x-ole-storage'
}

const zipType = (zip: ZipContainer): string => {
  const contentTypes = zip.has('[Content_Types].xml') ? zip.text('[Content_Types].xml') : undefined
  if (contentTypes !== undefined) {
    // Macro-enabled files and templates have other type names around the same parts.
    if (/ms-excel\.sheet\.binary/i.test(contentTypes)) return 'application/vnd.ms-excel.sheet.binary'
    if (zip.has('word/document.xml') || /wordprocessingml|ms-word/i.test(contentTypes))
      return `${OFFICE}.wordprocessingml.document`
    if (zip.has('ppt/presentation.xml') || /presentationml|ms-powerpoint/i.test(contentTypes))
      return `${OFFICE}.presentationml.presentation`
    if (zip.has('xl/workbook.xml') || /spreadsheetml|ms-excel/i.test(contentTypes))
      return `${OFFICE}.spreadsheetml.sheet`
  }
  const declared = zip.has('mimetype') ? (zip.text('mimetype') ?? '').trim() : ''
  if (declared.startsWith('application/vnd.oasis.opendocument.')) {
    if (/manifest:encryption-data/.test(zip.text('META-INF/manifest.xml') ?? '')) throw encryptedError()
    return declared.replace(/-(template|master)$/, '')
  }
  if (declared === 'application/epub+zip' || zip.has('META-INF/container.xml')) return 'application/epub+zip'
  if (zip.encrypted) throw encryptedError()
  return 'application/zip'
}
