import type { XmlContainer } from '../container.ts'
import { childNamed, descendants, elementsOf, type XmlElement } from '../xml.ts'

export interface DocxStyles {
  /** Heading level of a paragraph style, 1 to 6; undefined for text. */
  headingLevel(style: string | undefined): number | undefined
  isList(style: string | undefined): boolean
  /** The marker of a list paragraph: a bullet, or the next number of its list. */
  marker(numberingId: string, level: number): string
}

interface Style {
  readonly name: string
  readonly basedOn: string | undefined
  readonly outline: number | undefined
  readonly numbered: boolean
}

const valueOf = (element: XmlElement | undefined): string | undefined => element?.attributes['w:val']

export const readStyles = (container: XmlContainer, folder: string): DocxStyles => {
  const styles = new Map<string, Style>()
  const part = container.part(`${folder}styles.xml`)
  for (const style of part === undefined ? [] : descendants(part, 'w:style')) {
    const id = style.attributes['w:styleId']
    const properties = childNamed(style, 'w:pPr')
    const outline = valueOf(childNamed(properties, 'w:outlineLvl'))
    if (id === undefined) continue
    styles.set(id, {
      name: (valueOf(childNamed(style, 'w:name')) ?? id).toLowerCase(),
      basedOn: valueOf(childNamed(style, 'w:basedOn')),
      outline: outline === undefined ? undefined : Number(outline),
      numbered: childNamed(properties, 'w:numPr') !== undefined,
    })
  }
  const formats = readNumbering(container, folder)
  const counters = new Map<string, number[]>()

  const headingLevel = (id: string | undefined): number | undefined => {
    let current = id
    for (let steps = 0; current !== undefined && steps < 20; steps += 1) {
      const style = styles.get(current)
      const level = Number(
        /^(?:heading|berschrift|überschrift|titre) ?(\d)$/.exec(style?.name ?? current.toLowerCase())?.[1],
      )
      if (level >= 1) return Math.min(6, level)
      if (style?.name === 'title') return 1
      if (style?.outline !== undefined) return style.outline < 9 ? Math.min(6, style.outline + 1) : undefined
      current = style?.basedOn
    }
    return undefined
  }

  return {
    headingLevel,
    isList: (id) =>
      id !== undefined &&
      (styles.get(id)?.numbered === true || /^list (bullet|number|paragraph)/.test(styles.get(id)?.name ?? '')),
    marker: (numberingId, level) => {
      const format = formats.get(numberingId)?.[level] ?? 'bullet'
      if (format === 'bullet' || format === 'none') return '-'
      const counts = counters.get(numberingId) ?? []
      counts[level] = (counts[level] ?? 0) + 1
      counts.length = level + 1
      counters.set(numberingId, counts)
      return `${counts[level]}.`
    },
  }
}

/** Number formats by numbering id and level. */
const readNumbering = (container: XmlContainer, folder: string): ReadonlyMap<string, readonly string[]> => {
  const part = container.part(`${folder}numbering.xml`)
  const result = new Map<string, readonly string[]>()
  if (part === undefined) return result
  const abstract = new Map<string, string[]>()
  for (const definition of descendants(part, 'w:abstractNum')) {
    const formats: string[] = []
    for (const level of elementsOf(definition).filter((element) => element.name === 'w:lvl')) {
      const index = Number(level.attributes['w:ilvl'])
      if (index >= 0 && index < 10) formats[index] = valueOf(childNamed(level, 'w:numFmt')) ?? 'bullet'
    }
    abstract.set(definition.attributes['w:abstractNumId'] ?? '', formats)
  }
  for (const number of descendants(part, 'w:num')) {
    const formats = abstract.get(valueOf(childNamed(number, 'w:abstractNumId')) ?? '')
    if (formats !== undefined) result.set(number.attributes['w:numId'] ?? '', formats)
  }
  return result
}
