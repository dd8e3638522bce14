import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { StartError } from '../core/start-error.ts'

/** Looked at before the work: a run that cannot be kept was for nothing. Throws a StartError. */
export async function checkWritable(path: string): Promise<void> {
  try {
    await access(existsSync(path) ? path : dirname(resolve(path)), constants.W_OK)
  } catch (error) {
    throw new StartError(`${path} cannot be written.`, { cause: error })
  }
}
