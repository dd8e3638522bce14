import type { UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { Citation, Claim } from './answer.ts'
import { markedSentences } from './claims.ts'
import { evidenceConfidence, verifiedShare } from './confidence.ts'
import type { Draft, Part } from './drafting.ts'
import { narrowed } from './evidence.ts'
import type { Findings, Gathered } from './gathering.ts'
import type { Ledger } from './ledger.ts'
import { UNRANKED } from './sentence-ranking.ts'
import type { Similarity } from './similarity.ts'
import { verifyAnswer } from './verify.ts'
import type { VerifyDependencies } from './verify.ts'
import { inNotice } from './wording.ts'

/** A draft held against its sources. */
export interface Assessed {
  readonly claims: readonly Claim[]
  readonly citations: readonly Citation[]
  /** What could be cited, with the scores that the confidence rests on. */
  readonly citable: readonly Evidence[]
  /** Of the question's own search. */
  readonly findings: Findings
  readonly confidence: number
  readonly isHurried: boolean
}

/** Holds drafts against their sources: what they claim, what carries it, and how sure that makes. */
export function createAssessment({
  content,
  words,
  similarity,
}: VerifyDependencies & { readonly similarity: Similarity }) {
  return async function assess(
    owner: UserId,
    parts: readonly Part[],
    ledger: Ledger,
    draft: Draft,
    options: CallOptions,
  ): Promise<Assessed> {
    // Without an answer the sentences stay ranked as the gate saw them.
    const isJudged = draft.text.trim() !== '' || parts.some(({ isAnswerable }) => isAnswerable)
    const judge = (search: Gathered): Promise<Findings> => (isJudged ? search.judge() : Promise.resolve(search))
    // One who quotes took from each part's own evidence.
    const { writes } = draft.speaker
    const sources = writes ? ledger.searches : parts.map(({ search }) => search)
    const cited = new Set(markedSentences(draft.text).flatMap(({ numbers }) => numbers))
    const isCited = (search: Gathered): boolean => search.evidence.some(({ number }) => cited.has(number))
    const own = await Promise.all(parts.map(({ search }) => judge(search)))
    const searches: Findings[] = []
    for (const search of sources) searches.push(isCited(search) ? await judge(search) : search)

    const shown = new Set(draft.evidence.flatMap(({ number, parts: of }) => of.map(({ rank }) => `${number} ${rank}`)))
    const isShown = (evidence: Evidence) =>
      narrowed(evidence, ({ rank }) => shown.has(`${evidence.number} ${rank}`)) ?? []
    const citable = searches.flatMap(({ evidence }) => evidence.flatMap(isShown))
    const byWords = ({ ranking }: Findings): boolean =>
      ranking.tier === 'words' && ranking.sentences.length > 0 && ranking.overview === undefined
    let isHurried = isJudged && [...own, ...(await Promise.all(sources.filter(isCited).map(judge)))].some(byWords)
    const compared: Similarity = async (...texts) => {
      const alike = await similarity(...texts)
      isHurried ||= alike === undefined
      return alike
    }
    const { claims, citations } =
      draft.text.trim() === ''
        ? { claims: [], citations: [] }
        : await verifyAnswer(
            owner,
            draft.text,
            citable,
            { content, words, similarity: compared, onlyQuotes: !writes },
            options,
          )
    const isNotice = inNotice(draft.text, parts)
    const checked = claims.filter((claim) => !isNotice(claim))
    const confidences = own.map(({ ranking }) => evidenceConfidence(ranking, draft.speaker))
    const further = writes ? ledger.searches.slice(ledger.first).filter(isCited) : []
    const found = Math.max(mean(confidences), chained(await Promise.all(further.map(judge)), draft.speaker))
    return {
      claims: checked,
      citations,
      citable,
      findings: own[0] ?? NO_FINDINGS,
      isHurried,
      confidence: draft.isAsked ? found * verifiedShare(checked) : found,
    }
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/**
 * The chance that searches which went on from each other all found what they looked for. 0: there are none, so that the
 * answer rests on none.
 */
const chained = (further: readonly Findings[], speaker: Draft['speaker']): number =>
  further.length === 0 ? 0 : further.reduce((chance, { ranking }) => chance * evidenceConfidence(ranking, speaker), 1)

const NO_FINDINGS: Findings = { read: [], ranking: UNRANKED, evidence: [] }
