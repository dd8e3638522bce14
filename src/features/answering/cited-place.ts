import { isSnapshotId, type DocumentId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { Span } from '../../core/sentences.ts'
import type { CitedPlace } from './answer.ts'

/** The canonical text of a stored version; undefined: there is no such version. */
export type ReadContent = (document: DocumentId, version: number, options?: CallOptions) => Promise<string | undefined>

/** A place of what was retrieved, within one part of it; the passage and the page are those where it begins. */
export function placeIn(evidence: Evidence, { start, end }: Span): CitedPlace {
  const { documentId, version, title, parts } = evidence
  const { chunkId, page, url = null } = parts.findLast((part) => part.start <= start) ?? parts[0]
  const quote = evidence.text.slice(start - evidence.start, end - evidence.start)
  const isWeb = isSnapshotId(documentId)
  return { documentId, version, chunkId: isWeb ? null : chunkId, title, url, isWeb, page, quote, start, end }
}

/** A place as it is stored now; undefined where the store says something else than was read. */
export async function storedPlace(
  evidence: Evidence,
  span: Span,
  content: ReadContent,
  options: CallOptions,
): Promise<CitedPlace | undefined> {
  const { start, end } = span
  const stored = await content(evidence.documentId, evidence.version, options)
  if (stored === undefined || !saysAsRead(evidence, span, stored)) return undefined
  return { ...placeIn(evidence, span), quote: stored.slice(start, end) }
}

/** Between two parts of the evidence any white space may be stored: only its length was known. */
function saysAsRead({ parts, start, text }: Evidence, span: Span, stored: string): boolean {
  let at = span.start
  for (const part of parts) {
    const [from, to] = [Math.max(span.start, part.start), Math.min(span.end, part.end)]
    if (from >= to) continue
    if (stored.slice(at, from).trim() !== '' || stored.slice(from, to) !== text.slice(from - start, to - start))
      return false
    at = to
  }
  return at === span.end
}

/** One read a document, however often it is cited. */
export function rememberingContent(content: ReadContent): ReadContent {
  const known = new Map<string, Promise<string | undefined>>()
  return (document, version, options) => {
    const key = `${document} ${version}`
    const read = known.get(key) ?? content(document, version, options)
    known.set(key, read)
    return read
  }
}
