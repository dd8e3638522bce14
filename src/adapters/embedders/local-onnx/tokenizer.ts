import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { optionalPackage } from './optional-package.ts'
import type { PieceModel } from './unigram.ts'

export interface TextTokenizer {
  /** Token ids between the model's special tokens, which are the first and the last. */
  encode(text: string): number[]
  /** How many tokens the text has without special ones. */
  count(text: string): number
}

/**
 * Counting goes slice by slice: no model sees more than its window, and a text of megabytes without a space would
 * overflow the tokenizer's stack. A cut inside a word adds a token at most.
 */
const COUNTED_AT_ONCE = 16_384

/** What is used of the package: its own declarations import one another in a way that Node's resolution cannot follow. */
interface TokenizersPackage {
  readonly Tokenizer: new (
    definition: object,
    config: object,
  ) => { model: unknown; encode(text: string): { readonly ids: number[] } }
}

const EMPTY_UNIGRAM = { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0]] }

/** Throws `not_ready` where @huggingface/tokenizers is not installed. */
export async function loadTokenizer(directory: string): Promise<TextTokenizer> {
  const { Tokenizer } = await optionalPackage<TokenizersPackage>(
    '@huggingface/tokenizers',
    () => import('@huggingface/tokenizers') as Promise<unknown> as Promise<TokenizersPackage>,
  )
  const [definition, config] = await Promise.all([
    json(directory, 'tokenizer.json'),
    json(directory, 'tokenizer_config.json'),
  ])
  const model = 'model' in definition ? definition.model : undefined
  const unigram = await openUnigram(model)
  // The package would take seconds and 200 MB for a large Unigram vocabulary: it gets one of the special tokens only.
  const tokenizer = new Tokenizer(unigram === undefined ? definition : { ...definition, model: EMPTY_UNIGRAM }, config)
  if (unigram !== undefined) tokenizer.model = unigram
  // The package keeps the definition, though it reads pieces from a map of its own: they need not be there twice.
  if (typeof model === 'object' && model !== null) Reflect.deleteProperty(model, 'vocab')
  const encode = (text: string): number[] => tokenizer.encode(text).ids
  const special = encode('').length
  return {
    encode,
    count(text) {
      let tokens = 0
      for (let at = 0; at < text.length;) {
        const end = sliceEnd(text, at)
        tokens += encode(text.slice(at, end).trim()).length - special
        at = end
      }
      return tokens
    },
  }
}

/** Loaded only where it is needed: what checks a vocabulary takes as much memory as that of an English model. */
async function openUnigram(model: unknown): Promise<PieceModel | undefined> {
  if (typeof model !== 'object' || model === null || !('type' in model) || model.type !== 'Unigram') return undefined
  const { unigramModel } = await import('./unigram.ts')
  return unigramModel(model)
}

/** After the last white space within reach, or between two code points. */
function sliceEnd(text: string, start: number): number {
  const limit = start + COUNTED_AT_ONCE
  if (limit >= text.length) return text.length
  for (let at = limit; at > start + COUNTED_AT_ONCE / 2; at--) {
    if (/\s/.test(text.charAt(at - 1))) return at
  }
  const code = text.charCodeAt(limit)
  return code >= 0xdc00 && code <= 0xdfff ? limit - 1 : limit
}

async function json(directory: string, file: string): Promise<object> {
  const value: unknown = JSON.parse(await readFile(join(directory, file), 'utf8'))
  if (typeof value !== 'object' || value === null) throw new TypeError(`${file} does not hold an object`)
  return value
}
