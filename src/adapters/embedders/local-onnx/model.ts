import { join } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { AppError } from '../../../core/errors.ts'
import type { ModelFiles } from './model-files.ts'
import { optionalPackage } from './optional-package.ts'
import type { TextTokenizer } from './tokenizer.ts'
import { loadTokenizer } from './tokenizer.ts'
import { verifyModelFiles } from './verify-model-files.ts'

export type Prefix = 'query' | 'document' | 'none'

export interface Encoded {
  /** Length 1. */
  readonly vector: Float32Array
  /** One row of length 1 for each word piece of the text itself: no special tokens, no prefix. */
  readonly tokens: Float32Array | null
  /** The word of each of them, see `TokenVectors`. */
  readonly words: Uint16Array | null
}

export interface Model {
  encode(text: string, prefix: Prefix, withTokens: boolean): Promise<Encoded>
  release(): Promise<void>
}

/**
 * Far more characters than any model's window holds of real text. What lies behind is cut before the tokenizer sees it:
 * its work grows with the text, and the window would drop it anyway.
 */
const CHARACTERS_A_TOKEN = 64

/**
 * Verifies the files and loads the weights into a session that reads one text at a time: the activations are quantised per
 * tensor, so within a batch a text's vector would depend on its companions. The file is already optimised; more than the
 * 'basic' level would fuse a slow kernel back in. Throws `not_ready`.
 * @param cores that work on one text; its vector is the same, bit by bit, with any number of them
 */
export async function openModel(files: ModelFiles, cores = 1): Promise<Model> {
  const ort = await optionalPackage('onnxruntime-node', () => import('onnxruntime-node'))
  const tokenizer = await loadTokenizer(files.directory)
  verifyModelFiles(files)
  const session = await ort.InferenceSession.create(join(files.directory, 'model.onnx'), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: files.graphOptimizationLevel,
    intraOpNumThreads: cores,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const hasTypes = session.inputNames.includes('token_type_ids')
  const output = session.outputNames[0]
  if (output === undefined) throw new AppError('not_ready', `The embedding model ${files.name} has no output.`)
  const prefixes = { query: files.queryPrefix, document: files.documentPrefix, none: '' }
  // A prefix ends with a space, so its tokens are the same whatever follows.
  const prefixTokens = {
    query: tokenizer.count(files.queryPrefix.trimEnd()),
    document: tokenizer.count(files.documentPrefix.trimEnd()),
    none: 0,
  }

  async function hiddenStates(ids: readonly number[]): Promise<Float32Array> {
    const shape = [1, ids.length]
    const feeds: Record<string, InstanceType<typeof ort.Tensor>> = {
      input_ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new ort.Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    }
    if (hasTypes) feeds['token_type_ids'] = new ort.Tensor('int64', new BigInt64Array(ids.length), shape)
    return floats(await session.run(feeds), output ?? '')
  }

  return {
    async encode(text, prefix, withTokens) {
      const ids = window(tokenizer, prefixes[prefix] + text, files.maxTokens)
      const hidden = await hiddenStates(ids)
      const vector = pool(hidden, ids.length, files)
      if (!withTokens) return { vector, tokens: null, words: null }
      const tokens = rows(hidden, 1 + prefixTokens[prefix], ids.length - 1, files.dimensions)
      return { vector, tokens, words: wordsOf(tokenizer, text, tokens.length / files.dimensions) }
    },
    release: () => session.release(),
  }
}

/** The ids of the text cut to the window; the last special token stays. */
function window(tokenizer: TextTokenizer, text: string, maxTokens: number): number[] {
  const ids = tokenizer.encode(text.slice(0, maxTokens * CHARACTERS_A_TOKEN).toWellFormed())
  return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ...ids.slice(-1)]
}

/** Both kinds of tokenizer part a text at white space first, so that a word has the same pieces wherever it stands. */
function wordsOf(tokenizer: TextTokenizer, text: string, pieces: number): Uint16Array {
  const words = new Uint16Array(pieces)
  let at = 0
  let word = 0
  for (const [run] of text.matchAll(/\S+/g)) {
    if (at >= pieces) break
    const end = at + tokenizer.count(run)
    words.fill(word++, at, end)
    at = end
  }
  return words
}

function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const value = outputs[name]
  if (value === undefined || !('data' in value) || !(value.data instanceof Float32Array)) {
    throw new TypeError('The model did not return 32-bit floats.')
  }
  return value.data
}

function pool(hidden: Float32Array, tokens: number, { dimensions, pooling }: ModelFiles): Float32Array {
  const vector = hidden.slice(0, dimensions)
  if (pooling === 'mean') {
    for (let at = dimensions; at < tokens * dimensions; at++) {
      const k = at % dimensions
      vector[k] = (vector[k] ?? 0) + (hidden[at] ?? 0)
    }
  }
  normalise(vector)
  return vector
}

function rows(hidden: Float32Array, first: number, end: number, dimension: number): Float32Array {
  const tokens = hidden.slice(Math.min(first, end) * dimension, end * dimension)
  for (let at = 0; at < tokens.length; at += dimension) normalise(tokens.subarray(at, at + dimension))
  return tokens
}

function normalise(vector: Float32Array): void {
  let squares = 0
  for (const value of vector) squares += value * value
  const scale = squares === 0 ? 1 : 1 / Math.sqrt(squares)
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] ?? 0) * scale
}
