import type { DocumentProperties } from '../../core/documents.ts'

interface RawProperties {
  readonly title?: string | null | undefined
  readonly author?: string | null | undefined
  readonly language?: string | null | undefined
  readonly date?: string | Date | null | undefined
  readonly url?: string | null | undefined
  readonly pages?: number | undefined
}

const LONGEST = 500

/** Properties with empty, overlong and malformed values left out; a date becomes ISO 8601, a locale a language tag. */
export const propertiesOf = (raw: RawProperties): DocumentProperties => {
  const properties: { -readonly [Key in keyof DocumentProperties]: DocumentProperties[Key] } = {}
  const title = line(raw.title)
  if (title !== undefined) properties.title = title
  const author = line(raw.author)
  if (author !== undefined && !/^https?:/i.test(author)) properties.author = author
  const language = line(raw.language)?.replaceAll('_', '-')
  if (language !== undefined && /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i.test(language)) properties.language = language
  const date = isoDate(raw.date)
  if (date !== undefined) properties.date = date
  const url = line(raw.url)
  if (url !== undefined) properties.url = url
  if (raw.pages !== undefined && raw.pages > 0) properties.pages = raw.pages
  return properties
}

const line = (value: string | null | undefined): string | undefined => {
  const text = value?.replace(/[\s\u0000]+/g, ' ').trim() ?? ''
  return text === '' ? undefined : text.slice(0, LONGEST)
}

export const isoDate = (value: string | Date | null | undefined): string | undefined => {
  if (value === null || value === undefined || value === '') return undefined
  const date = value instanceof Date ? value : new Date(value)
  const year = date.getUTCFullYear()
  return Number.isNaN(year) || year < 1000 || year > 9999 ? undefined : date.toISOString()
}
