import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'
import { damaged } from './verify-model-files.ts'

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
