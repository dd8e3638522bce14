const MAX = 60
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * A title of a question: its first line in at most 60 characters as people count them, cut between words. The same
 * question always gives the same title.
 */
export function titleOf(question: string): string {
  const line = question
    .split('\n')
    .map((text) => text.replace(/\s+/gu, ' ').trim())
    .find((text) => text !== '')
  if (line === undefined) return 'New chat'
  // A character may take many code units, but a title is not the place for long ones.
  const signs = Array.from(graphemes.segment(line.slice(0, 16 * MAX).toWellFormed()), ({ segment }) => segment)
  if (signs.length <= MAX) return signs.join('').slice(0, 200).toWellFormed()
  const cut = signs.slice(0, MAX - 1).join('')
  const space = cut.lastIndexOf(' ')
  const kept = space > cut.length / 2 ? cut.slice(0, space) : cut
  return `${kept
    .slice(0, 190)
    .toWellFormed()
    .replace(/[\s,;:.–-]+$/u, '')}…`
}
