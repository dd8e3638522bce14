import { temporaryIndex } from '../../src/index/temporary-index.fixture.ts'
import { quietLogger } from '../quiet-logger.ts'
import { DIMENSION, vectorStoreConformance } from './vector-store.ts'

vectorStoreConformance('embedded', {
  supports: { filterOps: ['owner', 'documents', 'chats', 'fileTypes', 'created', 'metadata'], atomicReplace: true },
  async open() {
    const index = await temporaryIndex(DIMENSION, quietLogger)
    // The fixture's own end removes its folder.
    return { ...index.vectors, close: () => index.close() }
  },
})
