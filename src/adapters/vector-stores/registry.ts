/** Every vector store beside the embedded index. Most starts need none. */
export const vectorStores = {
  milvus: async () => (await import('./milvus/adapter.ts')).milvus,
} as const
