import { z } from 'zod'
import type { CitedQuote, WorstCase } from '../features/evaluation/answers/answer-run.ts'
import { ApiError, type Client } from './client.ts'

const Content = z.looseObject({ content: z.string() })

/** UTF-16 code units before and after a quote. */
const AROUND = 200

/**
 * Shows quotes among what stands around them. A document that is gone meanwhile leaves its quote alone.
 * @param linked whether the service is still there for whoever reads the report
 */
export function surroundings(
  client: Client,
  { linked, signal }: { readonly linked: boolean; readonly signal: AbortSignal },
) {
  const known = new Map<string, Promise<string | undefined>>()

  async function content(path: string): Promise<string | undefined> {
    try {
      return (await client.json(Content, path, { signal })).content
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  return async (citation: CitedQuote): Promise<WorstCase['evidence'][number]> => {
    const { stored, version, start, end } = citation
    if (stored === null || version === null || start === null || end === null) {
      return { ...citation, before: '', after: '', href: null }
    }
    const path = `/api/v1/documents/${encodeURIComponent(stored)}/content?version=${version}`
    const reading = known.get(path) ?? content(path)
    known.set(path, reading)
    const text = (await reading) ?? ''
    return {
      ...citation,
      before: start > AROUND ? text.slice(start - AROUND, start).replace(/^\S*/, '…') : text.slice(0, start),
      after: text.length > end + AROUND ? text.slice(end, end + AROUND).replace(/\S*$/, '…') : text.slice(end),
      href: linked ? client.url + path : null,
    }
  }
}
