import { z } from 'zod'
import { loadTokenizer } from './tokenizer.ts'

const Options = z.object({ directory: z.string() })

/**
 * The embedder's token counter, for the thread that cuts documents into passages.
 * Throws `not_ready` where @huggingface/tokenizers is not installed.
 */
export async function create(options: unknown): Promise<(text: string) => number> {
  const { directory } = Options.parse(options)
  const tokenizer = await loadTokenizer(directory)
  return (text) => tokenizer.count(text)
}
