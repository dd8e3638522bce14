import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '../core/ports/surroundings.ts'
import { createEmbeddedIndex, type EmbeddedIndex } from './embedded-index.ts'

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'evident-index-'))

/** An index in a folder of its own; closing it removes that. */
export async function temporaryIndex(dimension: number, logger: Logger): Promise<EmbeddedIndex> {
  const folder = await temporaryFolder()
  const index = await createEmbeddedIndex({ dimension, folder, logger })
  return {
    ...index,
    async close() {
      await index.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
