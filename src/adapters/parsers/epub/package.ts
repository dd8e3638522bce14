import type { DocumentProperties } from '../../../core/documents.ts'
import { AppError } from '../../../core/errors.ts'
import { resolvePart, type XmlContainer } from '../container.ts'
import { propertiesOf } from '../properties.ts'
import { childNamed, descendants, elementsOf, textOf, type XmlElement } from '../xml.ts'

export interface EpubPackage {
  readonly properties: DocumentProperties
  /** Names of the XHTML parts in reading order (the spine); the table of contents is left out. */
  readonly chapters: readonly string[]
  /** Parts under digital rights management; obfuscated fonts are no matter. */
  readonly encrypted: ReadonlySet<string>
}

export const readPackage = (container: XmlContainer): EpubPackage => {
  const path = descendants(container.required('META-INF/container.xml'), 'rootfile')[0]?.attributes['full-path']
  if (path === undefined)
    throw new AppError(
      'document_corrupt',
      'The book is damaged: it does not say where its content is. Export it again.',
    )
  const root = container.required(path)
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const find = (name: string): XmlElement | undefined => descendants(root, name, `opf:${name}`)[0]
  const items = new Map<string, { href: string; type: string; properties: string }>()
  const manifest = find('manifest')
  for (const item of manifest === undefined ? [] : elementsOf(manifest)) {
    const { id, href, 'media-type': type, properties } = item.attributes
    if (id === undefined || href === undefined) continue
    items.set(id, { href: resolvePart(folder, decodeReference(href)), type: type ?? '', properties: properties ?? '' })
  }
  const spine = find('spine')
  const chapters = (spine === undefined ? [] : elementsOf(spine))
    .map((reference) => items.get(reference.attributes['idref'] ?? ''))
    .filter((item) => item !== undefined)
    .filter((item) => /html/.test(item.type) && !item.properties.split(' ').includes('nav'))
    .map((item) => item.href)
  const metadata = find('metadata')
  const field = (name: string): string | undefined => textOf(childNamed(metadata, `dc:${name}`))
  return {
    properties: propertiesOf({
      title: field('title'),
      author: field('creator'),
      language: field('language'),
      date: field('date'),
    }),
    chapters,
    encrypted: encryptedParts(container),
  }
}

const decodeReference = (href: string): string => {
  const path = href.replace(/#.*$/, '')
  return /%[0-9a-f]{2}/i.test(path) && !/%(?![0-9a-f]{2})/i.test(path) ? decodePercent(path) : path
}

const decodePercent = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    // The escapes are no UTF-8, so the name is as it stands.
    if (error instanceof URIError) return path
    throw error
  }
}

const encryptedParts = (container: XmlContainer): ReadonlySet<string> => {
  const part = container.part('META-INF/encryption.xml')
  const names = new Set<string>()
  for (const data of part === undefined ? [] : descendants(part, 'EncryptedData', 'enc:EncryptedData')) {
    const algorithm = descendants(data, 'EncryptionMethod', 'enc:EncryptionMethod')[0]?.attributes['Algorithm'] ?? ''
    const reference = descendants(data, 'CipherReference', 'enc:CipherReference')[0]?.attributes['URI']
    if (reference !== undefined && !/idpf\.org|adobe\.com\/pdf\/enc#RC/.test(algorithm))
      names.add(resolvePart('', decodeReference(reference)))
  }
  return names
}
