import type { Hash } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { StartError } from '../../core/start-error.ts'

// How the files of a set are read: lines of JSON, whose mistakes are told with name and line.

const id = z.union([z.string().min(1), z.number().transform(String)])
/** BEIR calls it `_id`, others `id`. */
export const named = z.looseObject({ id: id.optional(), _id: id.optional() })

/** The first of the names that is there. */
export function fileOf(folder: string, ...names: readonly [string, ...string[]]): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new StartError(`${folder} is not a folder.`)
  const found = names.map((name) => join(folder, name)).find(existsSync)
  if (found === undefined) throw new StartError(`${folder} has no ${names.join(' and no ')}.`)
  return found
}

interface Read<T> {
  readonly record: T
  readonly key: string
  readonly fail: (what: string) => StartError
}

/** The objects of a file of JSON lines, each with its id. Throws a StartError that names the line of what is malformed. */
export async function* records<T extends z.output<typeof named>>(
  path: string,
  schema: z.ZodType<T>,
  hash: Hash,
): AsyncGenerator<Read<T>> {
  for await (const [line, text] of linesOf(path, hash)) {
    const fail = problemAt(path, line)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw fail('is not JSON', error)
    }
    const parsed = schema.safeParse(value)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw fail(`${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'is not valid'}`)
    }
    const key = parsed.data.id ?? parsed.data._id
    if (key === undefined) throw fail('it has no id')
    yield { record: parsed.data, key, fail }
  }
}

export const problemAt =
  (path: string, line: number) =>
  (what: string, cause?: unknown): StartError =>
    new StartError(`${path}, line ${line}: ${what}.`, { cause })

/**
 * The lines that are not empty, counted from 1. Not by node:readline, which also ends a line at U+2028, and JSON may hold
 * that as it is.
 */
export async function* linesOf(path: string, hash: Hash): AsyncGenerator<[line: number, text: string]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 0
  const decoded = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (error) {
      throw problemAt(path, line + 1)('is not UTF-8, here or a little below', error)
    }
  }
  for await (const bytes of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(bytes)
    const lines = (rest + decoded(bytes)).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) if (++line && text.trim() !== '') yield [line, text]
  }
  rest += decoded()
  if (rest.trim() !== '') yield [line + 1, rest]
}
