import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createDocumentReader } from '../../../src/adapters/parsers/reader.ts'
import { DATA } from '../../../bench/retrieval-sets.ts'
import { assemble } from '../../../src/features/ingestion/canonical.ts'

export const FOLDER = join(DATA, 'docs-unstructured')

/**
 * The canonical text of documents of `docs-unstructured`, as ingestion stores it.
 * @param documents paths in the folder
 */
export async function readContents(documents: Iterable<string>): Promise<Map<string, string>> {
  const reader = createDocumentReader({ timeoutMs: 120_000 })
  try {
    const contents = new Map<string, string>()
    for (const document of documents) {
      const { blocks } = await reader.read(await readFile(join(FOLDER, document)), basename(document))
      contents.set(document, assemble(blocks).content)
    }
    return contents
  } finally {
    await reader.close()
  }
}
