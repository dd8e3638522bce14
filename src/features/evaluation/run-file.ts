import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { StartError } from '../../core/start-error.ts'

/** A run that an earlier call of `command` wrote. Throws a StartError where the file is none. */
export async function readRunFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  command: string,
): Promise<z.output<Schema>> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new StartError(`${path} ${why}.`, { cause: error })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
  throw new StartError(`${path} is not a run of this version of ${command} (${where}).`)
}
