/** Every format of a `/rerank` service, by the name that the configuration uses. Most starts need none. */
export const rerankers = {
  cohere: async () => (await import('./remote/adapter.ts')).cohere,
  jina: async () => (await import('./remote/adapter.ts')).jina,
} as const
