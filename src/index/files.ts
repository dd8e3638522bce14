/** Names of the index's files, in its folder. */
export const VECTORS = 'vectors.f32'
export const SNAPSHOT = 'index.snapshot'
/** Of a snapshot that is being written. */
export const UNSYNCED = '.new'
