import { isIP } from 'node:net'
import { z } from 'zod'

/**
 * How the text of a variable becomes a value. Every message ends the sentence "NAME must be …" and never repeats
 * the text itself: it may be a secret.
 */

export const text = (): z.ZodType<string, string> => z.string()

/** As a service calls a model; what stands behind `#` elsewhere is no part of it. */
export const modelName = (): z.ZodType<string, string> =>
  z.string().regex(/^[^\s#]{1,200}$/, 'must be a name without spaces and without #')

/** With which the names of Milvus's collections begin. */
export const collection = (): z.ZodType<string, string> =>
  z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'must be up to 100 letters, digits and _, and begin with no digit')

/** What signs or opens something: long enough not to be guessed. */
export const secret = (characters: number): z.ZodType<string, string> =>
  z.string().min(characters, `must be at least ${characters} characters long`)

export const boolean = (): z.ZodType<boolean, string> =>
  z.string().transform((value, context) => {
    const word = value.toLowerCase()
    if (['true', '1', 'yes', 'on'].includes(word)) return true
    if (['false', '0', 'no', 'off'].includes(word)) return false
    context.addIssue('must be true or false')
    return z.NEVER
  })

export const oneOf = <const T extends string>(...names: readonly T[]): z.ZodType<T, string> =>
  z.string().transform((value, context) => {
    const found = names.find((name) => name.toLowerCase() === value.toLowerCase())
    if (found !== undefined) return found
    context.addIssue(`must be ${names.length === 1 ? '' : 'one of '}${names.join(', ')}`)
    return z.NEVER
  })

/** A whole number in plain decimals: sizes are bytes, times seconds. */
export const integer = (min: number, max: number): z.ZodType<number, string> =>
  z.string().transform((value, context) => {
    const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    context.addIssue(`must be a whole number from ${min} to ${max}`)
    return z.NEVER
  })

export const decimal = (min: number, max: number): z.ZodType<number, string> =>
  z.string().transform((value, context) => {
    const number = /^-?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    context.addIssue(`must be a number from ${min} to ${max}`)
    return z.NEVER
  })

/** Sizes that a person may write: up to what a JavaScript number counts exactly. */
export const bytes = (min: number): z.ZodType<number, string> =>
  z.string().transform((value, context) => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= Number.MAX_SAFE_INTEGER) return number
    context.addIssue(`must be a number of bytes, at least ${min}`)
    return z.NEVER
  })

export const url = (...schemes: readonly string[]): z.ZodType<string, string> =>
  z.string().transform((value, context) => {
    if (URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1))) return value
    context.addIssue(`must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`)
    return z.NEVER
  })

export const list = <T>(item: z.ZodType<T, string>): z.ZodType<readonly T[], string> =>
  z
    .string()
    .transform((value) => value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
    .pipe(z.array(item))

/** An exact web origin, or `*`: no path, no trailing slash, the scheme's own port left out. */
export const origin = (): z.ZodType<string, string> =>
  z.string().transform((value, context) => {
    if (value === '*') return value
    if (URL.canParse(value)) {
      const parsed = new URL(value)
      const isWeb = parsed.protocol === 'http:' || parsed.protocol === 'https:'
      if (isWeb && (value === parsed.origin || value === `${parsed.origin}/`)) return parsed.origin
    }
    context.addIssue('must be origins like https://app.example.org, separated by commas')
    return z.NEVER
  })

/** An address or a host name to listen on. */
export const host = (): z.ZodType<string, string> =>
  z.string().transform((value, context) => {
    const bare = value.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(bare)) return bare
    context.addIssue('must be an IP address or a host name')
    return z.NEVER
  })
