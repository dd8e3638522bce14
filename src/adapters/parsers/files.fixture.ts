import { strToU8, zipSync } from 'fflate'
import type { Block, DocumentProperties } from '../../core/documents.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'
import { startDocument } from './parse-document.ts'

export interface ReadHere {
  readonly parser: string
  readonly mediaType: string
  readonly properties: DocumentProperties
  readonly blocks: readonly Block[]
  readonly warnings: readonly string[]
  /** Blocks as lines, tables with ` | ` between cells. */
  readonly text: string
}

/** Detects and parses in this process, where a test can step through it. */
export const readHere = async (
  content: Uint8Array | string,
  filename: string,
  limits: Partial<ParseLimits> = {},
): Promise<ReadHere> => {
  const bytes = typeof content === 'string' ? strToU8(content) : content
  const { parser, mediaType, events } = await startDocument(bytes, filename, { ...DEFAULT_LIMITS, ...limits })
  let properties: DocumentProperties = {}
  const blocks: Block[] = []
  const warnings: string[] = []
  for await (const event of events) {
    if (event.kind === 'properties') properties = { ...properties, ...event.properties }
    else if (event.kind === 'warning') warnings.push(event.message)
    else blocks.push(event)
  }
  const text = blocks
    .map((block) => (block.kind === 'table' ? block.rows.map((row) => row.join(' | ')).join('\n') : block.text))
    .join('\n')
  return { parser, mediaType, properties, blocks, warnings, text }
}

export const zip = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, content]) => [name, typeof content === 'string' ? strToU8(content) : content]),
    ),
  )

const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

/** The smallest DOCX around the content of `w:body`. */
export const docxAround = (body: string, more: Readonly<Record<string, string>> = {}): Uint8Array =>
  zip({
    '[Content_Types].xml':
      '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    'word/document.xml': `<?xml version="1.0"?><w:document ${WORD}><w:body>${body}</w:body></w:document>`,
    ...more,
  })

export const openDocument = (type: 'text' | 'spreadsheet' | 'presentation', body: string): Uint8Array =>
  zip({
    mimetype: `application/vnd.oasis.opendocument.${type}`,
    'content.xml': `<office:document-content><office:body><office:${type}>${body}</office:${type}></office:body></office:document-content>`,
    'meta.xml': '<office:document-meta><office:meta><dc:title>A title</dc:title></office:meta></office:document-meta>',
  })

export const epubOf = (
  chapters: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const names = Object.keys(chapters)
  return zip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
    'OPS/book.opf': `<package><metadata><dc:title>The Book</dc:title><dc:language>en</dc:language></metadata><manifest>${names
      .toSorted()
      .map((name) => `<item id="${name}" href="${name}.xhtml" media-type="application/xhtml+xml"/>`)
      .join('')}</manifest><spine>${names.map((name) => `<itemref idref="${name}"/>`).join('')}</spine></package>`,
    ...Object.fromEntries(
      names.map((name) => [`OPS/${name}.xhtml`, `<?xml version="1.0"?><html><body>${chapters[name]}</body></html>`]),
    ),
    ...more,
  })
}

/** A compound file (version 3, sectors of 512 bytes) whose directory names these streams, without content. */
export const oleWith = (...streams: readonly string[]): Uint8Array => {
  const file = Buffer.alloc(512 * 4)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file)
  file.writeUInt16LE(0x3e, 24)
  file.writeUInt16LE(3, 26)
  file.writeUInt16LE(0xfffe, 28)
  file.writeUInt16LE(9, 30)
  file.writeUInt16LE(6, 32)
  file.writeUInt32LE(1, 44)
  file.writeUInt32LE(1, 48)
  file.writeUInt32LE(4_096, 56)
  file.writeUInt32LE(0xfffffffe, 60)
  file.writeUInt32LE(0xfffffffe, 68)
  file.writeUInt32LE(0, 76)
  for (let at = 80; at < 512; at += 4) file.writeUInt32LE(0xffffffff, at)
  for (let at = 512; at < 1_024; at += 4) file.writeUInt32LE(0xffffffff, at)
  file.writeUInt32LE(0xfffffffd, 512)
  file.writeUInt32LE(0xfffffffe, 516)
  for (const [index, name] of ['Root Entry', ...streams].slice(0, 4).entries()) {
    const at = 1_024 + index * 128
    file.write(name, at, 'utf16le')
    file.writeUInt16LE(name.length * 2 + 2, at + 64)
    file[at + 66] = index === 0 ? 5 : 2
  }
  return file
}
