import { local } from './local-onnx/adapter.ts'

/** Every way to make vectors, by the name that the configuration uses. Most starts need none of the remote ones. */
export const embedders = {
  local,
  openai: async () => (await import('./openai-compatible/adapter.ts')).openai,
  ollama: async () => (await import('./ollama/adapter.ts')).ollama,
} as const
