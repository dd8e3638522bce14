import type { z } from 'zod'
import type { UserId } from '../core/ids.ts'

/** A result as other instances are given it. */
export interface TextForm<T> {
  write(value: T): string
  /** undefined: it is nothing that `write` gave, whoever wrote it. */
  read(text: string): T | undefined
}

/** As JSON that fits the schema. */
export const jsonForm = <S extends z.ZodType>(schema: S): TextForm<z.output<S>> => ({
  write: (value) => JSON.stringify(value),
  read: (text) => schema.safeParse(parsed(text)).data,
})

/** The same with whose it is, so that none is taken for another's, wherever it was found. */
export const ownersOnly = <T>(form: TextForm<T>, owner: UserId): TextForm<T> => ({
  write: (value) => `${owner}\n${form.write(value)}`,
  read: (text) => (text.startsWith(`${owner}\n`) ? form.read(text.slice(owner.length + 1)) : undefined),
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
