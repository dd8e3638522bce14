import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'

const Description = z.object({
  name: z.string(),
  dimensions: z.int().positive(),
  maxTokens: z.int().min(8),
  pooling: z.enum(['cls', 'mean']),
  queryPrefix: z.string(),
  documentPrefix: z.string(),
  graphOptimizationLevel: z.enum(['disabled', 'basic', 'extended', 'all']).default('basic'),
})

/** What a model's folder says of itself. Survives a structured clone. */
export interface ModelFiles extends z.infer<typeof Description> {
  readonly directory: string
  /** SHA-256 in hex by file name, for the files that decide what a vector is. */
  readonly checksums: Readonly<Record<string, string>>
  /** Name and the first 12 hex digits of the weights' checksum. */
  readonly id: string
}

/** The files whose change makes other vectors. The licence and the build scripts don't. */
const DECISIVE = ['model.onnx', 'tokenizer.json', 'tokenizer_config.json', 'embedder.json']

/** Reads the description and the checksums of `modelsDir/name`, not the weights. Throws `not_ready`. */
export async function readModelFiles(modelsDir: string, name: string): Promise<ModelFiles> {
  const directory = join(modelsDir, name)
  if (name === '' || basename(name) !== name || name.startsWith('.')) throw await unknownModel(modelsDir, name)
  let description: string
  let sums: string
  try {
    ;[description, sums] = await Promise.all([
      readFile(join(directory, 'embedder.json'), 'utf8'),
      readFile(join(directory, 'SHA256SUMS'), 'utf8'),
    ])
  } catch (error) {
    throw await unknownModel(modelsDir, name, error)
  }
  const checksums = parseSums(name, sums)
  const parsed = Description.safeParse(parseJson(name, description))
  if (!parsed.success) throw damaged(name, 'embedder.json', parsed.error)
  const weights = checksums['model.onnx'] ?? ''
  return { ...parsed.data, directory, checksums, id: `${name}@${weights.slice(0, 12)}` }
}

/**
 * Reads the decisive files once and compares them with SHA256SUMS; throws `not_ready` for the first that differs.
 * Blocks its thread for about a millisecond a megabyte, so it belongs in the thread that loads the weights.
 */
export function verifyModelFiles(files: ModelFiles): void {
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

function parseSums(name: string, sums: string): Record<string, string> {
  const checksums: Record<string, string> = {}
  for (const line of sums.split('\n')) {
    const [, sum, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line.trimEnd()) ?? []
    if (sum !== undefined && file !== undefined && DECISIVE.includes(file)) checksums[file] = sum
  }
  for (const file of DECISIVE) {
    if (checksums[file] === undefined) {
      throw new AppError('not_ready', `SHA256SUMS of the embedding model ${name} has no line for ${file}.`)
    }
  }
  return checksums
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged(name, 'embedder.json', error)
  }
}

const damaged = (name: string, file: string, cause?: unknown): AppError =>
  new AppError(
    'not_ready',
    `The file ${file} of the embedding model ${name} is damaged or was changed. Restore the model's folder as it was shipped.`,
    { cause },
  )

async function unknownModel(modelsDir: string, name: string, cause?: unknown): Promise<AppError> {
  let found: string[] = []
  try {
    const entries = await readdir(modelsDir, { withFileTypes: true })
    found = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    return new AppError('not_ready', 'The folder of the embedding models cannot be read.', { cause: error })
  }
  const there = found.length === 0 ? 'there is none' : `there are: ${found.toSorted().join(', ')}`
  return new AppError('not_ready', `There is no embedding model named ${JSON.stringify(name)}; ${there}.`, { cause })
}
