import type { ErrorCode } from '../../../core/errors.ts'
import type { Prefix } from './model.ts'
import type { ModelFiles } from './model-files.ts'

export interface ThreadData {
  readonly files: ModelFiles
  /** How many threads of the model's own work on one text. */
  readonly cores: number
  /** Shared by all threads of an embedder, see `Gate`. */
  readonly gate: Int32Array
  /** This thread's own, one number: 1 while it is inside native code, where it must not be terminated. */
  readonly state: Int32Array
  /** A bulk thread lets queries that are in flight go first. */
  readonly yields: boolean
}

/** Places in the shared gate. */
export const Gate = {
  /** How many queries are in flight. */
  queries: 0,
  /** 1 once the process is about to end: no thread may enter native code any more. */
  stopping: 1,
  length: 2,
} as const

export interface Work {
  readonly text: string
  readonly prefix: Prefix
  readonly tokens: boolean
}

export type ToThread = ({ readonly type: 'encode'; readonly call: number } & Work) | { readonly type: 'close' }

export type FromThread =
  | { readonly type: 'ready' }
  /** The model cannot be loaded; the thread ends. */
  | { readonly type: 'unusable'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly type: 'encoded'
      readonly call: number
      readonly vector: Float32Array
      readonly tokens: Float32Array | null
      readonly words: Uint16Array | null
    }
  | { readonly type: 'failed'; readonly call: number; readonly message: string }
