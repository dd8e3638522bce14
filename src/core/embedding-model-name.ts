import { SHIPPED_MODELS } from './shipped-models.ts'

/**
 * An embedding model as settings, the command line and the database name it: the folder of a shipped one, or
 * `openai/MODEL`, `ollama/MODEL`, with `#LENGTH` behind it where vectors of that length are asked for.
 */
export type EmbeddingModelName =
  | { readonly provider: 'local'; readonly model: string }
  | { readonly provider: RemoteProvider; readonly model: string; readonly dimension: number | undefined }

export type RemoteProvider = 'openai' | 'ollama'

/** undefined: it names no model. */
export function readModelName(name: string): EmbeddingModelName | undefined {
  if ((SHIPPED_MODELS as readonly string[]).includes(name)) return { provider: 'local', model: name }
  const { provider, model, dimension } = REMOTE.exec(name)?.groups ?? {}
  if (model === undefined) return undefined
  return {
    provider: provider as RemoteProvider,
    model,
    dimension: dimension === undefined ? undefined : Number(dimension),
  }
}

export const remoteModelName = (provider: RemoteProvider, model: string, dimension?: number): string =>
  `${provider}/${model}${dimension === undefined ? '' : `#${dimension}`}`

const REMOTE = /^(?<provider>openai|ollama)\/(?<model>[^\s#]+)(?:#(?<dimension>[1-9]\d{0,4}))?$/
