export const NOT_INSTALLED =
  'the optional package node-llama-cpp is not installed: `npm run verify -- local-model` brings it, and runs this'

export function isInstalled(): boolean {
  try {
    import.meta.resolve('node-llama-cpp')
    return true
  } catch {
    return false
  }
}
