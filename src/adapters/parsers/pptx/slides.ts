import type { Block } from '../../../core/documents.ts'
import { relationshipsOf, type XmlContainer } from '../container.ts'
import { tidyLines } from '../paragraph.ts'
import { tableBlock } from '../table.ts'
import { childNamed, descendants, elementsOf, type XmlElement } from '../xml.ts'

/** The slides' parts in the order in which they are shown. */
export const slideParts = (container: XmlContainer): readonly string[] => {
  const main =
    [...relationshipsOf(container, '').values()].find((relationship) => relationship.type === 'officeDocument')
      ?.target ?? 'ppt/presentation.xml'
  const relationships = relationshipsOf(container, main)
  const ordered = descendants(container.required(main), 'p:sldId')
    .map((slide) => relationships.get(slide.attributes['r:id'] ?? '')?.target)
    .filter((target): target is string => target !== undefined && container.zip.has(target))
  if (ordered.length > 0) return ordered
  const number = (name: string): number => Number(/(\d+)\.xml$/.exec(name)?.[1] ?? 0)
  return container.zip.names
    .filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name))
    .toSorted((a, b) => number(a) - number(b))
}

/** Title, then the other shapes in their order on the slide, then what diagrams and the speaker's notes say. */
export const slideBlocks = (container: XmlContainer, part: string, page: number): Block[] => {
  const slide = container.required(part)
  const tree = descendants(slide, 'p:spTree')[0]
  if (tree === undefined) return []
  const blocks: Block[] = []
  const titles: Block[] = []
  for (const shape of elementsOf(tree)) visitShape(shape, page, titles, blocks)
  const result = [...titles, ...blocks]
  for (const relationship of relationshipsOf(container, part).values()) {
    if (relationship.type === 'diagramData') {
      const data = container.part(relationship.target)
      const texts =
        data === undefined
          ? []
          : descendants(data, 'dgm:t')
              .map(paragraphsOf)
              .filter((text) => text !== '')
      if (texts.length > 0) result.push({ kind: 'text', text: texts.join('\n'), page })
    } else if (relationship.type === 'notesSlide') {
      const notes = container.part(relationship.target)
      const text = notes === undefined ? '' : notesText(notes)
      if (text !== '') result.push({ kind: 'text', text: `Notes: ${text}`, page })
    }
  }
  return result
}

const placeholderOf = (shape: XmlElement): string | undefined => descendants(shape, 'p:ph')[0]?.attributes['type']

const visitShape = (shape: XmlElement, page: number, titles: Block[], blocks: Block[]): void => {
  if (shape.name === 'p:sp') {
    const placeholder = placeholderOf(shape)
    if (placeholder === 'sldNum' || placeholder === 'dt' || placeholder === 'ftr') return
    const body = childNamed(shape, 'p:txBody')
    const text = body === undefined ? '' : paragraphsOf(body)
    if (text === '') return
    if (placeholder === 'title' || placeholder === 'ctrTitle') {
      titles.push({ kind: 'heading', level: 1, text: text.replaceAll('\n', ' '), page })
    } else blocks.push({ kind: 'text', text, page })
  } else if (shape.name === 'p:graphicFrame') {
    for (const table of descendants(shape, 'a:tbl')) {
      const rows = descendants(table, 'a:tr').map((row) =>
        descendants(row, 'a:tc').map((cell) => paragraphsOf(cell).replaceAll('\n', ' ')),
      )
      const first = childNamed(table, 'a:tblPr')?.attributes['firstRow']
      const block = tableBlock(rows, { headerRows: first === '1' ? 1 : undefined, page })
      if (block !== undefined) blocks.push(block)
    }
  } else if (shape.name === 'p:grpSp' || shape.name === 'mc:AlternateContent' || shape.name === 'mc:Choice') {
    for (const inner of elementsOf(shape)) visitShape(inner, page, titles, blocks)
  }
}

/** One line a paragraph, indented as its list level. */
const paragraphsOf = (body: XmlElement): string => {
  const lines: string[] = []
  for (const paragraph of descendants(body, 'a:p')) {
    const text = tidyLines(inlineText(paragraph))
    if (text === '') continue
    const level = Math.min(8, Number(childNamed(paragraph, 'a:pPr')?.attributes['lvl'] ?? 0) || 0)
    lines.push(level === 0 ? text : `${'  '.repeat(level)}- ${text.replaceAll('\n', ' ')}`)
  }
  return lines.join('\n')
}

const inlineText = (element: XmlElement): string => {
  let text = ''
  for (const child of elementsOf(element)) {
    if (child.name === 'a:t' || child.name === 'm:t')
      text += child.children.filter((node) => typeof node === 'string').join('')
    else if (child.name === 'a:br') text += '\n'
    else if (child.name === 'a:tab') text += '\t'
    else if (child.name !== 'mc:Fallback') text += inlineText(child)
  }
  return text
}

const notesText = (notes: XmlElement): string =>
  descendants(notes, 'p:sp')
    .filter((shape) => placeholderOf(shape) === 'body')
    .map((shape) => paragraphsOf(shape))
    .filter((text) => text !== '')
    .join('\n')
