import type { LanguageModel, ModelEvent, ModelRequest } from '../../../core/ports/language-models.ts'
import { scoredInOrder, selectQuotes } from './selection.ts'
import { marked } from './wording.ts'

/**
 * Answers by quoting: the one to three sentences of the evidence that were scored best for the question, each with
 * the number of its passage, or where it is asked to, all that were scored, in their order. Needs no model, and can say nothing that no document says. Finishes with `abstain`, and no
 * text, where no sentence was scored. `tokens` is 0: none are used.
 */
export const createExtractiveModel = (): LanguageModel => ({
  id: 'extractive',
  provider: 'extractive',
  contextWindow: Number.MAX_SAFE_INTEGER,
  supports: { tools: false, jsonSchema: false },
  writes: false,
  // There is nothing that could be away.
  probe: async () => undefined,
  stream: async function* ({ evidence, quote: which }: ModelRequest, { signal } = {}): AsyncGenerator<ModelEvent> {
    const quotes = which === 'all' ? scoredInOrder(evidence) : selectQuotes(evidence)
    const first = quotes[0]
    if (first === undefined) {
      yield { type: 'finish', reason: 'abstain', tokens: 0 }
      return
    }
    let document = first.evidence.documentId
    let separator = ''
    for (const quote of quotes) {
      signal?.throwIfAborted()
      // Another document speaks of another thing, perhaps: a paragraph of its own.
      if (quote.evidence.documentId !== document) separator = '\n\n'
      document = quote.evidence.documentId
      yield { type: 'text-delta', text: separator + marked(quote) }
      separator = ' '
    }
    yield { type: 'finish', reason: 'stop', tokens: 0 }
  },
})
