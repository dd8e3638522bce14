import type { getDocumentProxy } from 'unpdf'
import type { DocumentProperties } from '../../../core/documents.ts'
import { AppError } from '../../../core/errors.ts'
import type { ParseLimits } from '../options.ts'
import { propertiesOf } from '../properties.ts'
import { encryptedError } from '../zip.ts'

/** A piece of text as drawn, in points from the page's top left corner; `y` is the baseline. */
export interface Run {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly size: number
  /** Quarter turns clockwise; the coordinates are those of the page turned back so that this text stands upright. */
  readonly turn: 0 | 1 | 2 | 3
}

export interface Page {
  readonly number: number
  readonly runs: readonly Run[]
}

interface TextItem {
  readonly str: string
  readonly transform: readonly number[]
  readonly width: number
  readonly height: number
}

type Matrix = readonly [number, number, number, number, number, number]

/**
 * @throws AppError `document_encrypted`, `document_corrupt`, `document_too_complex` (pages, characters)
 */
export const readPages = async (
  bytes: Uint8Array,
  limits: ParseLimits,
  signal?: AbortSignal,
): Promise<{ properties: DocumentProperties; pages: readonly Page[]; unread: readonly number[] }> => {
  const { getDocumentProxy: open } = await import('unpdf')
  // pdf.js takes its input over and empties it.
  const document = await open(Uint8Array.from(bytes), {
    verbosity: 0,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    disableAutoFetch: true,
    enableXfa: false,
  }).catch((error: unknown) => {
    throw openError(error)
  })
  if (document.numPages > limits.pages) {
    throw new AppError(
      'document_too_complex',
      `The PDF has more than ${limits.pages} pages. Split it into smaller files.`,
    )
  }
  const pages: Page[] = []
  const unread: number[] = []
  let characters = 0
  for (let number = 1; number <= document.numPages; number += 1) {
    signal?.throwIfAborted()
    const runs = await readRuns(document, number)
    if (runs === undefined) unread.push(number)
    pages.push({ number, runs: runs ?? [] })
    for (const run of runs ?? []) characters += run.text.length
    if (characters > limits.characters) {
      throw new AppError(
        'document_too_complex',
        'The PDF holds more text than is allowed. Split it into smaller files.',
      )
    }
  }
  const properties = await documentProperties(document, document.numPages)
  await document.cleanup()
  return { properties, pages, unread }
}

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>

const openError = (error: unknown): AppError => {
  const name = error instanceof Error ? error.name : ''
  if (name === 'PasswordException') return encryptedError()
  return new AppError(
    'document_corrupt',
    'The PDF is damaged or incomplete and cannot be opened. Export or download it again.',
    { cause: error },
  )
}

/** Undefined for a page whose content is damaged: the others are still read. */
const readRuns = async (document: PdfDocument, number: number): Promise<readonly Run[] | undefined> => {
  let items: readonly TextItem[]
  let toPage: Matrix
  try {
    const page = await document.getPage(number)
    const viewport = page.getViewport({ scale: 1 })
    toPage = viewport.transform as unknown as Matrix
    const content = await page.getTextContent({ disableNormalization: false })
    items = content.items.filter((item): item is typeof item & TextItem => 'str' in item)
    page.cleanup()
  } catch (error) {
    // pdf.js throws many kinds of errors for broken pages, none of which says more than that.
    if (error instanceof Error) return undefined
    throw error
  }
  const runs: Run[] = []
  for (const item of items) {
    if (item.str.trim() !== '') runs.push(placed(item, multiply(toPage, item.transform as unknown as Matrix)))
  }
  return withoutShadows(runs)
}

const multiply = (a: Matrix, b: Matrix): Matrix => [
  a[0] * b[0] + a[2] * b[1],
  a[1] * b[0] + a[3] * b[1],
  a[0] * b[2] + a[2] * b[3],
  a[1] * b[2] + a[3] * b[3],
  a[0] * b[4] + a[2] * b[5] + a[4],
  a[1] * b[4] + a[3] * b[5] + a[5],
]

const placed = (item: TextItem, matrix: Matrix): Run => {
  const [a, b, c, d, x, y] = matrix
  const turn = ((Math.round(Math.atan2(b, a) / (Math.PI / 2)) + 4) % 4) as Run['turn']
  const size = Math.hypot(c, d) || item.height || 1
  const [upX, upY] = turn === 0 ? [x, y] : turn === 1 ? [y, -x] : turn === 2 ? [-x, -y] : [-y, x]
  return { text: item.str.replaceAll('\u0000', ''), x: upX, y: upY, width: item.width, size, turn }
}

/** Bold made by drawing the same text twice, a hair apart, is read once. */
const withoutShadows = (runs: readonly Run[]): Run[] => {
  const seen = new Map<string, Run[]>()
  return runs.filter((run) => {
    const twins = seen.get(run.text) ?? []
    const near = run.size * 0.12
    if (twins.some((twin) => Math.abs(twin.x - run.x) <= near && Math.abs(twin.y - run.y) <= near)) return false
    if (twins.length < 50) seen.set(run.text, [...twins, run])
    return true
  })
}

const documentProperties = async (document: PdfDocument, pages: number): Promise<DocumentProperties> => {
  const { info } = await document.getMetadata().catch((): { info: Record<string, unknown> } => ({ info: {} }))
  const fields = info as Record<string, unknown>
  const field = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined)
  return propertiesOf({
    title: field('Title'),
    author: field('Author'),
    language: field('Language'),
    date: pdfDate(field('ModDate') ?? field('CreationDate')),
    pages,
  })
}

/** `D:YYYYMMDDHHmmSSOHH'mm'`, of which all but the year may be absent. */
const pdfDate = (value: string | undefined): string | undefined => {
  const match = /^(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?([Zz]|[+-]\d{2}'?\d{2})?/.exec(value ?? '')
  if (match === null) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', zone = 'Z'] = match
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone.replace(/^([+-]\d{2})'?(\d{2})$/, '$1:$2')
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`
}
