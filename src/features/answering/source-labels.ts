import type { UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { SearchStep } from './answer.ts'
import type { AnswerWeb } from './answer-web.ts'
import type { DocumentLabels, LabelsOf } from './found-instructions.ts'

/** What is called and described as what, of all whose text or title an answer was made from: documents, pages, results. */
export async function labelsOfSources(
  owner: UserId,
  evidence: readonly Evidence[],
  steps: readonly SearchStep[],
  web: Pick<AnswerWeb, 'sources' | 'resultOf'>,
  labelsOf: LabelsOf,
): Promise<DocumentLabels[]> {
  const documents = new Set([
    ...evidence.map(({ documentId }) => documentId),
    ...steps.flatMap((step) => step.documents),
  ])
  const opened = web.sources().filter(({ documentId }) => documentId !== null)
  const pages = opened.map(({ documentId, title, url }) => ({ documentId, title, url, metadata: {} }))
  const known = new Set(opened.map(({ url }) => url))
  const results = steps
    .flatMap((step) => step.pages)
    .filter(({ url }) => !known.has(url))
    .map(({ url, title }) => {
      const metadata = { snippet: web.resultOf(url)?.snippet ?? '' }
      return { documentId: null, title, url, metadata }
    })
  return [
    ...(await labelsOf(owner, [...documents])),
    ...[...pages, ...results].map((page) => ({ ...page, fileName: null, isWeb: true })),
  ]
}
