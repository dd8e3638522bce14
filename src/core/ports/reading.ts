import type { Block, DocumentProperties, PageFacts } from '../documents.ts'
import type { CallOptions } from './surroundings.ts'

export type ParseEvent =
  | Block
  /** `page` of HTML alone. */
  | { readonly kind: 'properties'; readonly properties: DocumentProperties; readonly page?: PageFacts }
  /** A sentence for the person about something that was left out. */
  | { readonly kind: 'warning'; readonly message: string }

export interface DocumentParser {
  readonly id: string
  readonly mediaTypes: readonly string[]
  /** Lower case, with the dot. */
  readonly extensions: readonly string[]
  /** Throws an AppError `document_*` or `unsupported_media_type` whose message says what the person can do. */
  parse(bytes: Uint8Array, filename: string, options?: CallOptions): AsyncIterable<ParseEvent>
}

export interface ParsedDocument {
  readonly parser: string
  readonly mediaType: string
  readonly properties: DocumentProperties
  /** Of an HTML page. */
  readonly page?: PageFacts | undefined
  readonly blocks: readonly Block[]
  /** Sentences for the person: what was left out and why (an image without text, a sheet cut at a limit). */
  readonly warnings: readonly string[]
}

/** Detects the type and parses, outside the main thread, within limits of time, memory and output. */
export interface DocumentReader {
  read(bytes: Uint8Array, filename: string, options?: CallOptions): Promise<ParsedDocument>
  close(): Promise<void>
}
