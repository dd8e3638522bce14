const ENGLISH = `
  a about also am an and are as at be been being but by can could did do does doing done for from had has have having
  he her here hers him his how i if in into is it its me might must my no not of on or our she should such than that
  the their them then there these they this those to was we were what when where which who whom whose why will with
  would you your`

const CHINESE =
  '的 了 是 在 有 和 与 及 于 为 也 而 或 之 其 这 那 个 们 着 过 吗 呢 吧 被 把 从 到 由 什 么 谁 哪 何 几 怎 样 多 少'
const JAPANESE = 'の は を に が と で も へ'

/**
 * Words that say nothing of what a text is about, in lower case: articles, prepositions, conjunctions, pronouns,
 * auxiliaries and question words. Of words that are also names or units some stay searchable (us, may, d), because
 * leaving them out would lose more than it gains. Chinese and Japanese particles are left out where they would be
 * indexed as single characters; the pairs that they are part of are kept.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(`${ENGLISH} ${CHINESE} ${JAPANESE}`.trim().split(/\s+/))
