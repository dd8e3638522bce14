import { AppError } from '../../../core/errors.ts'
import { installCommand } from '../../../core/install-command.ts'

/** Loads a package that an installation may leave out. Throws `not_ready`, saying which package to install. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
    throw new AppError(
      'not_ready',
      absent
        ? `The local embedding model needs the package ${name}, which is not installed. Install it with: ${installCommand(name)}`
        : `The package ${name}, which the local embedding model needs, cannot be loaded on this system.`,
      { cause: error },
    )
  }
}
