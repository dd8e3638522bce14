import type { Embedder } from '../../core/ports/embedding.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { UserId } from '../../core/ids.ts'
import type { Reader } from '../../database/database.ts'
import { knownVectors, textHash } from './vector-repository.ts'

export interface EmbeddedText {
  readonly hash: string
  /** f32, little endian. */
  readonly vector: Uint8Array
}

/**
 * The vectors of the texts, in order. A text that the owner's passages have a vector of is not embedded again, and one
 * that comes twice only once.
 */
export async function embedTexts(
  read: Reader,
  embedder: Embedder,
  { owner, texts }: { readonly owner: UserId; readonly texts: readonly string[] },
  { signal }: CallOptions,
): Promise<EmbeddedText[]> {
  const hashed = texts.map((text) => ({ text, hash: textHash(text) }))
  const hashes = hashed.map(({ hash }) => hash)
  const vectors = await knownVectors(read, owner, embedder.id, hashes)
  const missing = new Map(hashed.filter(({ hash }) => !vectors.has(hash)).map(({ hash, text }) => [hash, text]))
  const made = missing.size === 0 ? [] : await embedder.embed([...missing.values()], 'document', { signal })
  for (const [i, hash] of [...missing.keys()].entries()) {
    const vector = made[i]
    if (vector !== undefined) vectors.set(hash, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
  }
  return hashes.map((hash) => {
    const vector = vectors.get(hash)
    if (vector === undefined) throw new Error('The embedder gave fewer vectors than texts')
    return { hash, vector }
  })
}
