/** What a person calls a type, and where it cannot be read, what to convert it to. */
export interface KnownType {
  readonly label: string
  /** Types of one family are often named for each other (a .doc that is a .docx, a .jpg that is a PNG): no lie. */
  readonly family: string
  readonly advice?: string
}

const office = 'application/vnd.openxmlformats-officedocument'
const open = 'application/vnd.oasis.opendocument'

export const KNOWN_TYPES: Readonly<Record<string, KnownType>> = {
  'application/pdf': { label: 'a PDF document', family: 'pdf' },
  [`${office}.wordprocessingml.document`]: { label: 'a Word document (DOCX)', family: 'word' },
  'application/msword': { label: 'an old Word document (DOC)', family: 'word' },
  'application/rtf': { label: 'a rich text document (RTF)', family: 'word' },
  [`${office}.presentationml.presentation`]: { label: 'a PowerPoint presentation (PPTX)', family: 'slides' },
  'application/vnd.ms-powerpoint': {
    label: 'an old PowerPoint presentation (PPT)',
    family: 'slides',
    advice: 'Save it as PPTX or PDF and upload that.',
  },
  [`${office}.spreadsheetml.sheet`]: { label: 'an Excel workbook (XLSX)', family: 'sheet' },
  'application/vnd.ms-excel': {
    label: 'an old Excel workbook (XLS)',
    family: 'sheet',
    advice: 'Save it as XLSX or CSV and upload that.',
  },
  'application/vnd.ms-excel.sheet.binary': {
    label: 'a binary Excel workbook (XLSB)',
    family: 'sheet',
    advice: 'Save it as XLSX or CSV and upload that.',
  },
  [`${open}.text`]: { label: 'an OpenDocument text (ODT)', family: 'opendocument' },
  [`${open}.spreadsheet`]: { label: 'an OpenDocument spreadsheet (ODS)', family: 'opendocument' },
  [`${open}.presentation`]: { label: 'an OpenDocument presentation (ODP)', family: 'opendocument' },
  'application/epub+zip': { label: 'an EPUB book', family: 'epub' },
  'application/vnd.ms-outlook': { label: 'an Outlook message (MSG)', family: 'outlook' },
  'message/rfc822': { label: 'an e-mail', family: 'mail' },
  'application/zip': { label: 'a ZIP archive', family: 'archive', advice: 'Unpack it and upload the files in it.' },
  'application/x-ole-storage': {
    label: 'an old Office file of an unknown kind',
    family: 'ole',
    advice: 'Save it as PDF, DOCX or plain text and upload that.',
  },
  'image/png': { label: 'a PNG image', family: 'image' },
  'image/jpeg': { label: 'a JPEG image', family: 'image' },
  'image/webp': { label: 'a WebP image', family: 'image' },
  'image/tiff': { label: 'a TIFF image', family: 'image' },
  'image/bmp': { label: 'a BMP image', family: 'image' },
  'image/gif': { label: 'a GIF image', family: 'image', advice: 'Save it as PNG or JPEG and upload that.' },
  'image/heic': { label: 'a HEIC photo', family: 'image', advice: 'Save it as JPEG or PNG and upload that.' },
  'image/avif': { label: 'an AVIF image', family: 'image', advice: 'Save it as PNG or JPEG and upload that.' },
}

/** Extensions that no parser claims and that people still send. */
export const UNREAD_EXTENSIONS: Readonly<Record<string, string>> = {
  '.ppt': 'application/vnd.ms-powerpoint',
  '.pps': 'application/vnd.ms-powerpoint',
  '.xls': 'application/vnd.ms-excel',
  '.xlsb': 'application/vnd.ms-excel.sheet.binary',
  '.zip': 'application/zip',
  '.gif': 'image/gif',
  '.heic': 'image/heic',
  '.heif': 'image/heic',
  '.avif': 'image/avif',
}

const withArticle = (mediaType: string): string => `content of type ${mediaType}`

export const labelOf = (mediaType: string): string => KNOWN_TYPES[mediaType]?.label ?? withArticle(mediaType)

export const familyOf = (mediaType: string): string => KNOWN_TYPES[mediaType]?.family ?? mediaType.replace(/\/.*$/, '')

export const adviceFor = (mediaType: string): string => {
  const known = KNOWN_TYPES[mediaType]?.advice
  if (known !== undefined) return known
  if (/^(audio|video)\//.test(mediaType)) return 'Upload a transcript of it as text, DOCX or PDF.'
  if (mediaType.startsWith('image/')) return 'Save it as PNG or JPEG and upload that.'
  if (/zip|rar|7z|tar|compress|bzip|xz/.test(mediaType)) return 'Unpack it and upload the files in it.'
  return 'Export it as PDF, DOCX, HTML or plain text and upload that.'
}

/** Text types are decided by name and validation, all others by their first bytes. */
export const isTextual = (mediaType: string): boolean =>
  mediaType.startsWith('text/') || mediaType === 'message/rfc822' || /(json|xml|yaml|ndjson)$/.test(mediaType)
