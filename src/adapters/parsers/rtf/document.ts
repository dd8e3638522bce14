import type { Block, DocumentProperties } from '../../../core/documents.ts'
import { AppError } from '../../../core/errors.ts'
import { tidyLines } from '../paragraph.ts'
import { propertiesOf } from '../properties.ts'
import { tableBlock } from '../table.ts'
import { rtfTokens, type RtfToken } from './tokens.ts'

/** Groups whose content is no text of the document. */
const SKIPPED: ReadonlySet<string> = new Set(
  (
    'colortbl pict object objdata objclass themedata colorschememapping latentstyles datastore xmlnstbl listtable ' +
    'listoverridetable revtbl rsidtbl generator filetbl fldinst bkmkstart bkmkend mmathPr userprops docvar ' +
    'nonshppict shprslt listtext pntext wgrffmtfilter operator company'
  ).split(' '),
)
const SYMBOLS: Readonly<Record<string, string>> = {
  tab: '\t',
  line: '\n',
  emdash: '\u2014',
  endash: '\u2013',
  bullet: '\u2022',
  lquote: '\u2018',
  rquote: '\u2019',
  ldblquote: '\u201c',
  rdblquote: '\u201d',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
  nestcell: '\t',
}
/** Windows character sets of fonts (`\fcharset`) as WHATWG encodings. */
const CHARSETS: Readonly<Record<number, string>> = {
  128: 'shift_jis',
  129: 'euc-kr',
  134: 'gbk',
  136: 'big5',
  161: 'windows-1253',
  162: 'windows-1254',
  163: 'windows-1258',
  177: 'windows-1255',
  178: 'windows-1256',
  186: 'windows-1257',
  204: 'windows-1251',
  222: 'windows-874',
  238: 'windows-1250',
}
const CODE_PAGES: Readonly<Record<number, string>> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  10000: 'macintosh',
  65001: 'utf-8',
}
const MAX_GROUPS = 10_000

type Destination = 'text' | 'skip' | 'fonts' | 'styles' | 'title' | 'author'

interface State {
  readonly destination: Destination
  readonly encoding: string
  /** Characters that follow a `\u` for readers without Unicode. */
  readonly fallback: number
  readonly hidden: boolean
}

/** Paragraphs, headings (by outline level or a style's name) and tables of an RTF document. */
export const rtfDocument = (source: string): { blocks: readonly Block[]; properties: DocumentProperties } => {
  const reader = new RtfReader()
  for (const token of rtfTokens(source)) reader.read(token)
  return reader.finish()
}

class RtfReader {
  readonly #blocks: Block[] = []
  readonly #fonts = new Map<number, string>()
  readonly #headings = new Map<number, number>()
  readonly #stack: State[] = []
  #state: State = { destination: 'text', encoding: 'windows-1252', fallback: 1, hidden: false }
  #paragraph = ''
  #level: number | undefined
  #bytes: number[] = []
  #row: string[] = []
  #rows: string[][] = []
  #inTable = false
  #pendingFallback = 0
  #starred = false
  #defaultEncoding = 'windows-1252'
  #font = 0
  #style = 0
  #name = ''
  #title = ''
  #author = ''

  read(token: RtfToken): void {
    if (token.kind !== 'byte') this.#flushBytes()
    switch (token.kind) {
      case 'open':
        if (this.#stack.length >= MAX_GROUPS) {
          throw new AppError(
            'document_too_complex',
            'The RTF document is nested too deeply. Save it as DOCX or PDF and upload that.',
          )
        }
        this.#stack.push(this.#state)
        break
      case 'close':
        this.#pendingFallback = 0
        this.#state = this.#stack.pop() ?? this.#state
        break
      case 'word':
        this.#word(token.name, token.value)
        this.#starred = false
        break
      case 'symbol':
        this.#symbol(token.name)
        break
      case 'byte':
        if (this.#pendingFallback > 0) this.#pendingFallback -= 1
        else this.#bytes.push(token.value)
        break
      case 'text': {
        const skipped = Math.min(this.#pendingFallback, token.text.length)
        this.#pendingFallback -= skipped
        // Characters over 127 are bytes of the code page that were not escaped.
        if (/[\u0080-\u00ff]/.test(token.text)) {
          for (const char of token.text.slice(skipped)) this.#bytes.push(char.charCodeAt(0))
          this.#flushBytes()
        } else this.#append(token.text.slice(skipped))
        break
      }
    }
  }

  finish(): { blocks: readonly Block[]; properties: DocumentProperties } {
    this.#flushBytes()
    this.#endParagraph()
    this.#endTable()
    return { blocks: this.#blocks, properties: propertiesOf({ title: this.#title, author: this.#author }) }
  }

  #symbol(name: string): void {
    if (name === '*') this.#starred = true
    else if (name === '~') this.#append('\u00a0')
    else if (name === '_') this.#append('\u2011')
    else if (name === '\n' || name === '\r') this.#endParagraph()
    else if ('{}\\'.includes(name)) this.#append(name)
  }

  #word(name: string, value: number | undefined): void {
    if (SKIPPED.has(name)) this.#enter('skip')
    else if (name === 'fonttbl') this.#enter('fonts')
    else if (name === 'stylesheet') this.#enter('styles')
    else if (name === 'info') this.#enter('skip')
    else if (name === 'title' && this.#state.destination === 'skip') this.#enter('title')
    else if (name === 'author' && this.#state.destination === 'skip') this.#enter('author')
    else if (this.#starred && !['shppict', 'shpinst', 'shptxt', 'fldrslt', 'cs', 'ud', 'upr'].includes(name))
      this.#enter('skip')
    else if (name === 'ansicpg' && value !== undefined) {
      this.#defaultEncoding = CODE_PAGES[value] ?? `windows-${value}`
      this.#state = { ...this.#state, encoding: this.#defaultEncoding }
    } else if (name === 'uc') this.#state = { ...this.#state, fallback: Math.min(8, Math.max(0, value ?? 1)) }
    else if (name === 'u' && value !== undefined) {
      this.#append(String.fromCharCode(value & 0xffff))
      this.#pendingFallback = this.#state.fallback
    } else if (name === 'v') this.#state = { ...this.#state, hidden: value !== 0 }
    else if (name === 'f' && value !== undefined) this.#useFont(value)
    else if (name === 'fcharset' && value !== undefined)
      this.#fonts.set(this.#font, CHARSETS[value] ?? this.#defaultEncoding)
    else if (this.#state.destination === 'text') this.#layout(name, value)
    else if (this.#state.destination === 'styles' && name === 's') this.#style = value ?? 0
  }

  #layout(name: string, value: number | undefined): void {
    if (name === 'par' || name === 'sect' || name === 'page') this.#endParagraph()
    else if (name === 'pard') this.#level = undefined
    else if (name === 'intbl') this.#inTable = true
    else if (name === 'trowd') this.#inTable = true
    else if (name === 's' && value !== undefined) this.#level = this.#headings.get(value)
    else if (name === 'outlinelevel' && value !== undefined && value < 9) this.#level = Math.min(6, value + 1)
    else if (name === 'cell') {
      this.#row.push(tidyLines(this.#paragraph).replaceAll('\n', ' '))
      this.#paragraph = ''
    } else if (name === 'row') {
      this.#rows.push(this.#row)
      this.#row = []
      this.#inTable = false
    } else this.#append(SYMBOLS[name] ?? '')
  }

  #enter(destination: Destination): void {
    if (this.#state.destination === 'skip' && destination !== 'title' && destination !== 'author') return
    this.#state = { ...this.#state, destination }
  }

  #useFont(font: number): void {
    this.#font = font
    if (this.#state.destination !== 'fonts')
      this.#state = { ...this.#state, encoding: this.#fonts.get(font) ?? this.#defaultEncoding }
  }

  #flushBytes(): void {
    if (this.#bytes.length === 0) return
    const bytes = Uint8Array.from(this.#bytes)
    this.#bytes = []
    this.#append(decoderFor(this.#state.encoding).decode(bytes))
  }

  #append(text: string): void {
    const { destination, hidden } = this.#state
    if (text === '' || hidden) return
    if (destination === 'title') this.#title += text
    else if (destination === 'author') this.#author += text
    else if (destination === 'styles') this.#nameStyle(text)
    else if (destination === 'text') this.#paragraph += text
  }

  #nameStyle(text: string): void {
    this.#name += text
    if (!this.#name.includes(';')) return
    const level = Number(/heading (\d)/i.exec(this.#name)?.[1])
    if (level >= 1) this.#headings.set(this.#style, Math.min(6, level))
    else if (/^title;/i.test(this.#name.trim())) this.#headings.set(this.#style, 1)
    this.#name = ''
    this.#style = 0
  }

  #endParagraph(): void {
    if (this.#inTable) {
      this.#paragraph += '\n'
      return
    }
    const text = tidyLines(this.#paragraph)
    this.#paragraph = ''
    if (text === '') return
    this.#endTable()
    if (this.#level === undefined) this.#blocks.push({ kind: 'text', text })
    else this.#blocks.push({ kind: 'heading', level: this.#level, text: text.replaceAll('\n', ' ') })
  }

  #endTable(): void {
    if (this.#row.length > 0) this.#rows.push(this.#row.splice(0))
    const table = tableBlock(this.#rows.splice(0))
    if (table !== undefined) this.#blocks.push(table)
  }
}

type Decoder = InstanceType<typeof TextDecoder>

const decoders = new Map<string, Decoder>()

const decoderFor = (encoding: string): Decoder => {
  const known = decoders.get(encoding)
  if (known !== undefined) return known
  const decoder = createDecoder(encoding)
  decoders.set(encoding, decoder)
  return decoder
}

const createDecoder = (encoding: string): Decoder => {
  try {
    return new TextDecoder(encoding)
  } catch (error) {
    // A code page that the platform does not know.
    if (error instanceof RangeError) return new TextDecoder('windows-1252')
    throw error
  }
}
