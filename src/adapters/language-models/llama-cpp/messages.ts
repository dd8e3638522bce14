import type { ModelEvent, ModelRequest } from '../../../core/ports/language-models.ts'
import type { FailureKind } from '../../../core/provider-failure.ts'

export interface ThreadData {
  /** Absolute. */
  readonly file: string
  /** Tokens; the model's own may be fewer. */
  readonly contextWindow: number
  /** undefined: all cores but one. */
  readonly threads: number | undefined
}

/** What a model reads of a request. */
export type Prompt = Pick<ModelRequest, 'messages' | 'tools' | 'output' | 'maxTokens'>

export type ToThread =
  | { readonly type: 'ask'; readonly call: number; readonly prompt: Prompt }
  | { readonly type: 'stop'; readonly call: number }
  | { readonly type: 'close' }

export type FromThread =
  /** The file is a model, which is now being loaded. */
  | { readonly type: 'found'; readonly contextWindow: number }
  | { readonly type: 'unusable'; readonly message: string; readonly isAbsent: boolean }
  /** `gpu`: by which graphics interface it runs; false: by the processor. */
  | { readonly type: 'loaded'; readonly gpu: string | false }
  /** Of a call; `finish` is its last. */
  | { readonly type: 'event'; readonly call: number; readonly event: ModelEvent }
  | { readonly type: 'failed'; readonly call: number; readonly kind: FailureKind; readonly message: string }
