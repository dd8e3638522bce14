import type { DocumentParser } from '../../core/ports/reading.ts'
import { csv } from './csv/parser.ts'
import { doc } from './doc/parser.ts'
import { docx } from './docx/parser.ts'
import { eml } from './eml/parser.ts'
import { epub } from './epub/parser.ts'
import { html } from './html/parser.ts'
import { imageOcr } from './image-ocr/parser.ts'
import { json } from './json/parser.ts'
import { markdown } from './markdown/parser.ts'
import { msg } from './msg/parser.ts'
import { odt } from './odt/parser.ts'
import { pdf } from './pdf/parser.ts'
import { pptx } from './pptx/parser.ts'
import { rtf } from './rtf/parser.ts'
import { text } from './text/parser.ts'
import { xlsx } from './xlsx/parser.ts'
import { xml } from './xml/parser.ts'

/** Every parser. Each imports its library when its first file comes, so that this list costs little to load. */
export const PARSERS: readonly DocumentParser[] = [
  pdf,
  docx,
  pptx,
  xlsx,
  odt,
  epub,
  rtf,
  doc,
  eml,
  msg,
  html,
  markdown,
  text,
  csv,
  json,
  xml,
  imageOcr,
]

const byExtension = new Map(
  PARSERS.flatMap((parser) => parser.extensions.map((extension) => [extension, parser] as const)),
)
const byMediaType = new Map(
  PARSERS.flatMap((parser) => parser.mediaTypes.map((mediaType) => [mediaType, parser] as const)),
)

export const parserForExtension = (extension: string): DocumentParser | undefined => byExtension.get(extension)
export const parserForMediaType = (mediaType: string): DocumentParser | undefined => byMediaType.get(mediaType)
