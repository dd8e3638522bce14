import type { DocumentProperties } from '../../core/documents.ts'
import type { XmlContainer } from './container.ts'
import { propertiesOf } from './properties.ts'
import { descendants, textOf } from './xml.ts'

/** Title, author, language and date from `docProps/core.xml` of an Office Open XML file. */
export const officeProperties = (container: XmlContainer, pages?: number): DocumentProperties => {
  const core = container.part('docProps/core.xml')
  const field = (...names: readonly string[]): string | undefined =>
    core === undefined ? undefined : textOf(descendants(core, ...names)[0])
  return propertiesOf({
    title: field('dc:title'),
    author: field('dc:creator'),
    language: field('dc:language'),
    date: field('dcterms:modified') || field('dcterms:created'),
    pages,
  })
}
