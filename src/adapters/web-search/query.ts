import { AppError } from '../../core/errors.ts'
import { cut } from './results.ts'

/** A query on one line, cut behind a word where it is longer than the provider takes. @throws AppError `invalid_request` */
export function fittedQuery(query: string, { characters, words = Infinity }: QueryLimits): string {
  const all = query
    .toWellFormed()
    .split(/[\s\p{Cc}]+/u)
    .filter((word) => word !== '')
  const [first, ...rest] = all.slice(0, words)
  if (first === undefined) throw new AppError('invalid_request', 'The query is empty. Say what to look for.')
  let fitted = cut(first, characters)
  for (const word of rest) {
    if (fitted.length + 1 + word.length > characters) break
    fitted += ` ${word}`
  }
  return fitted
}

export interface QueryLimits {
  /** UTF-16 units. */
  readonly characters: number
  readonly words?: number
}
