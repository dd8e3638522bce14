import { local } from './local-onnx/adapter.ts'

/** Every way to make vectors, by the name that the configuration uses. */
export const embedders = { local } as const
