import type { Block } from '../../../core/documents.ts'
import { relationshipsOf, type XmlContainer } from '../container.ts'
import { tidyLines } from '../paragraph.ts'
import { tableBlock } from '../table.ts'
import { childNamed, descendants, elementsOf, type XmlElement } from '../xml.ts'
import { type DocxStyles, readStyles } from './styles.ts'

/** Deleted by tracked changes, hidden fields and drawings' fallback copies: not part of the text. */
const SKIPPED: ReadonlySet<string> = new Set(
  'w:del w:moveFrom w:instrText w:delText mc:Fallback w:pPr w:rPr w:tblPr w:trPr w:tcPr w:sectPr w:sdtPr w:fldData w:object'.split(
    ' ',
  ),
)

interface Walk {
  readonly styles: DocxStyles
  readonly blocks: Block[]
  readonly textBoxes: XmlElement[]
  readonly footnotes: ReadonlyMap<string, string>
  /** Lines of the list that is open. */
  list: string[]
  page: number
  /** Where the text of the paragraph that is being read began: breaks may stand before it. */
  startPage: number | undefined
  readonly paged: boolean
}

/**
 * Headers, body with page numbers where Word recorded its page breaks, text boxes after the paragraph that they are
 * anchored to, footnotes after the paragraph that refers to them, footers.
 */
export function* docxBlocks(container: XmlContainer): Generator<Block> {
  const main = mainPart(container)
  const document = container.required(main)
  const folder = main.slice(0, main.lastIndexOf('/') + 1)
  const breaks =
    descendants(document, 'w:lastRenderedPageBreak').length + descendants(document, 'w:br').filter(isPageBreak).length
  const walk: Walk = {
    styles: readStyles(container, folder),
    blocks: [],
    textBoxes: [],
    footnotes: readNotes(container, main),
    list: [],
    page: 1,
    startPage: undefined,
    paged: breaks > 0,
  }
  yield* margins(container, main, 'header', walk)
  for (const body of descendants(document, 'w:body')) {
    for (const child of elementsOf(body)) {
      visitBlock(child, walk)
      yield* walk.blocks.splice(0)
    }
  }
  closeList(walk)
  yield* walk.blocks.splice(0)
  yield* margins(container, main, 'footer', walk)
}

const mainPart = (container: XmlContainer): string => {
  for (const relationship of relationshipsOf(container, '').values()) {
    if (relationship.type === 'officeDocument') return relationship.target
  }
  return 'word/document.xml'
}

const isPageBreak = (element: XmlElement): boolean => element.attributes['w:type'] === 'page'

const placeOf = (walk: Walk): { page?: number } => (walk.paged ? { page: walk.page } : {})

const visitBlock = (element: XmlElement, walk: Walk): void => {
  if (SKIPPED.has(element.name)) return
  if (element.name === 'w:p') visitParagraph(element, walk)
  else if (element.name === 'w:tbl') visitTable(element, walk)
  else for (const child of elementsOf(element)) visitBlock(child, walk)
}

const visitParagraph = (paragraph: XmlElement, walk: Walk): void => {
  const properties = childNamed(paragraph, 'w:pPr')
  if (childNamed(properties, 'w:pageBreakBefore') !== undefined && walk.blocks.length + walk.page > 1)
    walk.page += walk.paged ? 1 : 0
  const style = childNamed(properties, 'w:pStyle')?.attributes['w:val']
  walk.startPage = undefined
  const text = tidyLines(runText(paragraph, walk))
  const place = walk.paged ? { page: walk.startPage ?? walk.page } : {}
  const level = outlineLevel(properties) ?? walk.styles.headingLevel(style)
  const numbering = childNamed(properties, 'w:numPr')
  const numberingId = childNamed(numbering, 'w:numId')?.attributes['w:val']
  if (text !== '' && level !== undefined) {
    closeList(walk)
    walk.blocks.push({ kind: 'heading', level, text: text.replaceAll('\n', ' '), ...place })
  } else if (text !== '' && ((numberingId !== undefined && numberingId !== '0') || walk.styles.isList(style))) {
    const indent = Math.min(9, Number(childNamed(numbering, 'w:ilvl')?.attributes['w:val'] ?? 0) || 0)
    walk.list.push(
      `${'  '.repeat(indent)}${walk.styles.marker(numberingId ?? '', indent)} ${text.replaceAll('\n', ' ')}`,
    )
  } else if (text !== '') {
    closeList(walk)
    walk.blocks.push({ kind: 'text', text, ...place })
  }
  for (const box of walk.textBoxes.splice(0)) {
    closeList(walk)
    for (const child of elementsOf(box)) visitBlock(child, walk)
    closeList(walk)
  }
  for (const note of descendants(paragraph, 'w:footnoteReference', 'w:endnoteReference')) {
    const noteText = walk.footnotes.get(`${note.name}${note.attributes['w:id']}`)
    if (noteText === undefined || noteText === '') continue
    closeList(walk)
    walk.blocks.push({ kind: 'text', text: noteText, ...place })
  }
}

const closeList = (walk: Walk): void => {
  if (walk.list.length > 0) walk.blocks.push({ kind: 'text', text: walk.list.splice(0).join('\n'), ...placeOf(walk) })
}

const outlineLevel = (properties: XmlElement | undefined): number | undefined => {
  const value = Number(childNamed(properties, 'w:outlineLvl')?.attributes['w:val'] ?? Number.NaN)
  return value >= 0 && value < 9 ? Math.min(6, value + 1) : undefined
}

/** The characters of a paragraph; text boxes found on the way are kept for after it, page breaks are counted. */
const runText = (element: XmlElement, walk: Walk): string => {
  let text = ''
  for (const child of elementsOf(element)) {
    if (SKIPPED.has(child.name)) continue
    switch (child.name) {
      case 'w:t':
      case 'm:t':
        text += child.children.filter((node) => typeof node === 'string').join('')
        if (text.trim() !== '') walk.startPage ??= walk.page
        break
      case 'w:tab':
      case 'w:ptab':
        text += '\t'
        break
      case 'w:br':
        if (isPageBreak(child)) walk.page += 1
        text += '\n'
        break
      case 'w:cr':
        text += '\n'
        break
      case 'w:lastRenderedPageBreak':
        walk.page += 1
        break
      case 'w:noBreakHyphen':
        text += '\u2011'
        break
      case 'w:txbxContent':
        walk.textBoxes.push(child)
        break
      default:
        text += runText(child, walk)
    }
  }
  return text
}

const visitTable = (table: XmlElement, walk: Walk): void => {
  closeList(walk)
  const place = placeOf(walk)
  const rows: string[][] = []
  const above: string[] = []
  let headerRows = 0
  for (const row of tableParts(table, 'w:tr')) {
    const line: string[] = []
    for (const cell of tableParts(row, 'w:tc')) {
      const properties = childNamed(cell, 'w:tcPr')
      const span = Math.min(60, Number(childNamed(properties, 'w:gridSpan')?.attributes['w:val'] ?? 1) || 1)
      const merge = childNamed(properties, 'w:vMerge')
      const continues = merge !== undefined && merge.attributes['w:val'] !== 'restart'
      const text = continues ? (above[line.length] ?? '') : cellText(cell, walk)
      above[line.length] = text
      line.push(text, ...Array.from({ length: span - 1 }, () => ''))
    }
    if (childNamed(childNamed(row, 'w:trPr'), 'w:tblHeader') !== undefined && headerRows === rows.length)
      headerRows += 1
    rows.push(line)
  }
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0)
  if (width === 1 || rows.length === 1) {
    // A frame around text, not a table.
    for (const text of rows.flat()) if (text !== '') walk.blocks.push({ kind: 'text', text, ...place })
    return
  }
  const block = tableBlock(rows, { headerRows: headerRows > 0 ? headerRows : undefined, page: place.page })
  if (block !== undefined) walk.blocks.push(block)
}

/** Rows and cells may be wrapped in content controls and tracked insertions. */
const tableParts = (parent: XmlElement, name: string): XmlElement[] =>
  elementsOf(parent).flatMap((child) => {
    if (child.name === name) return [child]
    return ['w:sdt', 'w:sdtContent', 'w:ins', 'w:customXml', 'w:smartTag'].includes(child.name)
      ? tableParts(child, name)
      : []
  })

/** A cell on one line: its paragraphs, and tables inside it, with spaces between. */
const cellText = (cell: XmlElement, walk: Walk): string =>
  descendants(cell, 'w:p')
    .map((paragraph) => {
      const own = tidyLines(runText(paragraph, walk)).replaceAll('\n', ' ')
      const boxes = walk.textBoxes.splice(0).map((box) => cellText(box, walk))
      return [own, ...boxes].filter((text) => text !== '').join(' ')
    })
    .filter((text) => text !== '')
    .join(' ')

const plainText = (element: XmlElement): string =>
  tidyLines(
    descendants(element, 'w:p')
      .map((paragraph) =>
        descendants(paragraph, 'w:t', 'w:tab')
          .map((node) =>
            node.name === 'w:tab' ? '\t' : node.children.filter((child) => typeof child === 'string').join(''),
          )
          .join(''),
      )
      .join('\n'),
  )

const readNotes = (container: XmlContainer, main: string): ReadonlyMap<string, string> => {
  const notes = new Map<string, string>()
  for (const relationship of relationshipsOf(container, main).values()) {
    const kind =
      relationship.type === 'footnotes' ? 'footnote' : relationship.type === 'endnotes' ? 'endnote' : undefined
    const part = kind === undefined ? undefined : container.part(relationship.target)
    for (const note of part === undefined ? [] : descendants(part, `w:${kind}`)) {
      if (note.attributes['w:type'] === undefined)
        notes.set(`w:${kind}Reference${note.attributes['w:id']}`, plainText(note))
    }
  }
  return notes
}

/** Headers or footers, each different text once; page numbers alone are no text. */
function* margins(container: XmlContainer, main: string, type: 'header' | 'footer', walk: Walk): Generator<Block> {
  const seen = new Set<string>()
  for (const relationship of relationshipsOf(container, main).values()) {
    if (relationship.type !== type) continue
    const part = container.part(relationship.target)
    const text = part === undefined ? '' : plainText(part)
    if (text === '' || /^[\s\d/|.–-]*$/.test(text) || seen.has(text)) continue
    seen.add(text)
    yield { kind: 'text', text, ...(walk.paged && type === 'header' ? { page: 1 } : {}) }
  }
}
