/**
 * English words that say nothing of what a text is about, in lower case: articles, prepositions, conjunctions,
 * pronouns, auxiliaries and question words. Words that are also names or units (us, may, can, d) stay searchable
 * where leaving them out would lose more than it gains. Chinese particles and Japanese case markers stand beside them:
 * they are left out as single characters only, the pairs that they are part of are kept.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an and are as at be been being but by did do does doing done for from had has have having he her here hers him
  his how i if in into is it its me my no not of on or our she should such than that the their them then there these
  they this those to was we were what when where which who whom whose why will with would you your could about also
  am can might must
  的 了 是 在 和 与 及 于 为 也 而 或 之 其 这 那 们 着 吗 呢 吧 被 把 从 到 の は を に が と で も へ`.split(/\s+/),
)
