/**
 * How models begin what they say before they call a tool ("Let me look this up"), in English, German, Spanish and French;
 * lower case. An answer seldom begins so, as it speaks of its subject.
 */
const OPENINGS = [
  'i ',
  'i’ll',
  'i’m',
  'i’ve',
  'let me',
  'let us',
  'let’s',
  'first, ',
  'first i',
  'next, ',
  'now i',
  'now let',
  'to answer',
  'to find',
  'okay',
  'ok,',
  'ok.',
  'ok!',
  'sure',
  'searching',
  'looking',
  'checking',
  'ich ',
  'lass mich',
  'lassen sie',
  'zuerst',
  'zunächst',
  'voy a',
  'déjame',
  'primero',
  'buscaré',
  'je ',
  'laisse',
  'd’abord',
  'cherchons',
]

/** Whether a beginning of a text may be that of a remark, or become one. */
export function mayBeRemark(text: string): boolean {
  const beginning = text.slice(0, LONGEST).trimStart().replaceAll("'", '’').toLowerCase()
  return OPENINGS.some((opening) => beginning.startsWith(opening) || opening.startsWith(beginning))
}

/** Of what is looked at, in UTF-16 code units. */
const LONGEST = 60
