import type { Block, DocumentProperties, PageFacts } from '../../core/documents.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { ParseLimits } from './options.ts'

export interface ToProcess {
  readonly bytes: Uint8Array
  readonly filename: string
  readonly limits: ParseLimits
  /** Module with an export `parser` that reads the file instead of the one that its type asks for (tests). */
  readonly parserModule: string | undefined
}

export type FromProcess =
  | { readonly kind: 'ready' }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'done'
      readonly parser: string
      readonly mediaType: string
      readonly properties: DocumentProperties
      readonly page: PageFacts | undefined
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly details: string }
