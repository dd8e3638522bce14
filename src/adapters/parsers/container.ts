import { AppError } from '../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'
import { parseXml, type XmlElement, elementsOf } from './xml.ts'
import { openZip, type ZipContainer } from './zip.ts'

/** A ZIP container of XML parts (Office Open XML, OpenDocument, EPUB). */
export interface XmlContainer {
  readonly zip: ZipContainer
  /** Undefined when the part does not exist. */
  part(name: string): XmlElement | undefined
  /** Throws `document_corrupt` when the part does not exist. */
  required(name: string): XmlElement
}

export const openContainer = (bytes: Uint8Array, limits: ParseLimits = DEFAULT_LIMITS): XmlContainer => {
  const zip = openZip(bytes, limits)
  const part = (name: string): XmlElement | undefined => {
    const text = zip.text(name)
    return text === undefined ? undefined : parseXml(text, limits)
  }
  return {
    zip,
    part,
    required: (name) => {
      const found = part(name)
      if (found === undefined) {
        throw new AppError(
          'document_corrupt',
          'The file is damaged: a part that it needs is missing. Open and save it again, then upload it.',
        )
      }
      return found
    },
  }
}

export interface Relationship {
  readonly type: string
  readonly target: string
}

/** The relationships of an Office part by id; targets are names of parts in the container. External ones are left out. */
export const relationshipsOf = (container: XmlContainer, part: string): ReadonlyMap<string, Relationship> => {
  const slash = part.lastIndexOf('/')
  const folder = part.slice(0, slash + 1)
  const rels = container.part(`${folder}_rels/${part.slice(slash + 1)}.rels`)
  const found = new Map<string, Relationship>()
  const root =
    rels === undefined ? undefined : elementsOf(rels).find((element) => element.name.endsWith('Relationships'))
  for (const element of root === undefined ? [] : elementsOf(root)) {
    const { Id, Type, Target, TargetMode } = element.attributes
    if (Id === undefined || Target === undefined || TargetMode === 'External') continue
    found.set(Id, { type: (Type ?? '').replace(/^.*\//, ''), target: resolvePart(folder, Target) })
  }
  return found
}

/** A relative reference inside a container, with `..` resolved and no way out of it. */
export const resolvePart = (folder: string, target: string): string => {
  const path = target.startsWith('/') ? target : `/${folder}${target}`
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments.join('/')
}
