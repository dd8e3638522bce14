// Beside model-files.ts, since the model's thread loads this and would keep all of what reads the description for nothing.
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../core/errors.ts'

/** Of what a model's folder says of itself, see `ModelFiles`. */
interface Checked {
  readonly name: string
  readonly directory: string
  readonly checksums: Readonly<Record<string, string>>
}

/**
 * Reads the decisive files once and compares them with SHA256SUMS; throws `not_ready` for the first that differs.
 * Blocks its thread for about a millisecond a megabyte, so it belongs in the thread that loads the weights.
 */
export function verifyModelFiles(files: Checked): void {
  const buffer = Buffer.allocUnsafe(1 << 20)
  for (const [file, expected] of Object.entries(files.checksums)) {
    if (sha256(join(files.directory, file), buffer) !== expected) throw damaged(files.name, file)
  }
}

function sha256(path: string, buffer: Buffer): string {
  const hash = createHash('sha256')
  const descriptor = openSync(path, 'r')
  try {
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer)) {
      hash.update(buffer.subarray(0, length))
    }
  } finally {
    closeSync(descriptor)
  }
  return hash.digest('hex')
}

export const damaged = (name: string, file: string, cause?: unknown): AppError =>
  new AppError(
    'not_ready',
    `The file ${file} of the embedding model ${name} is damaged or was changed. Restore the model's folder as it was shipped.`,
    { cause },
  )
