import type { ReadText, Token } from './read-text.ts'

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** Of a person whose name follows: it need not be said. */
const TITLES = list(
  'mr mrs ms miss dr prof professor sir lady lord saint st king queen prince princess emperor pope president general ' +
    'captain colonel major senator governor judge justice reverend bishop',
)
const ROMAN: ReadonlyMap<string, string> = new Map(
  ['ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x', 'xi', 'xii', 'xiii', 'xiv', 'xv', 'xvi'].map((roman, i) => [
    roman,
    String(i + 2),
  ]),
)
/** What belongs to a country, as the words for it share too few letters. */
const PEOPLES: ReadonlyMap<string, string> = new Map(
  (
    'france:french spain:spanish,spaniard,spaniards greece:greek,greeks netherlands:dutch,holland britain:british,uk,brit,brits ' +
    'england:english wales:welsh ireland:irish scotland:scottish,scots denmark:danish,danes sweden:swedish,swedes ' +
    'finland:finnish,finns poland:polish,poles turkey:turkish,turks switzerland:swiss norway:norwegian,norwegians ' +
    'germany:german,germans iceland:icelandic portugal:portuguese china:chinese japan:japanese vietnam:vietnamese ' +
    'thailand:thai italy:italian,italians rome:roman,romans paris:parisian,parisians venice:venetian,venetians naples:neapolitan ' +
    'vienna:viennese belgium:belgian,belgians cyprus:cypriot,cypriots philippines:filipino,filipinos america:american,americans,us,usa iraq:iraqi israel:israeli europe:european,europeans,eu'
  )
    .split(' ')
    .flatMap((line) => {
      const [country = '', words = ''] = line.split(':')
      return [country, ...words.split(',')].map((word): [string, string] => [word, country])
    }),
)

/** What is often cut short. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map(
  (
    'avenue:ave street:st saint:st mount:mt road:rd boulevard:blvd east:e west:w north:n south:s corporation:corp company:co ' +
    'incorporated:inc limited:ltd department:dept university:univ association:assn brothers:bros'
  )
    .split(' ')
    .map((pair): [string, string] => {
      const [whole = '', short = ''] = pair.split(':')
      return [whole, short]
    }),
)

const isCapitals = (word: string): boolean => /^\p{Lu}{2,6}$/u.test(word)

const AUXILIARY = list('is was has had would will could can may might did does s')

/** “Thoreau would”, “Mackinder opposed”: one thing without an article, directly before its verb. */
const opensAsName = ({ lower }: Token, next: Token): boolean =>
  !/(?:s|ly|ing|ed|tion|ness|ment|ity)$/.test(lower) && (AUXILIARY.has(next.lower) || /[^e]ed$/.test(next.lower))

/**
 * The names of a sentence: capitalised words that do not open it; also the one that does where another capitalised word
 * follows, or where it is all capitals. In German each noun is one. Titles of persons are none.
 */
export function namesOf({ tokens, dates, language }: ReadText): ReadonlySet<Token> {
  const names = tokens.filter((token, i) => {
    if (!token.capital || !token.content || token.lower.length < 2 || TITLES.has(token.lower)) return false
    if (dates.some(({ start, end }) => token.offset >= start && token.offset < end)) return false
    const next = tokens[i + 1]
    if (i > 0 || isCapitals(token.text)) return true
    if (next?.capital === true && next.content && next.clause === token.clause) return true
    return language === 'en' && next !== undefined && opensAsName(token, next)
  })
  return new Set(names)
}

/** Where words with these initials begin; function words between them do not count. */
function spelledAt(tokens: readonly Token[], initials: string): readonly Token[] | undefined {
  for (let at = 0; at < tokens.length; at++) {
    const words: Token[] = []
    for (let i = at; i < tokens.length && words.length < initials.length; i++) {
      const token = tokens[i] as Token
      if (token.capital && token.text.startsWith(initials[words.length] ?? '')) words.push(token)
      else if (token.content || words.length === 0) break
    }
    if (words.length === initials.length) return words
  }
  return undefined
}

/** Words of capitals, also those with a dot behind each. */
function acronymsOf({ tokens }: ReadText): Set<string> {
  const found = new Set<string>()
  let dotted = ''
  for (const { text } of tokens) {
    dotted = /^\p{Lu}$/u.test(text) ? dotted + text : ''
    if (dotted.length > 1) found.add(dotted)
    if (isCapitals(text)) found.add(text)
  }
  return found
}

/**
 * Whether a text holds a name in another form, which neither its letters nor its stem show: `UN` for `United Nations`
 * and the reverse, `US` for `U.S.`, `French` for `France`, `II` for `2`.
 * @param name one of `claim`
 */
export function holdsOtherForm(claim: ReadText, name: Token, text: ReadText): boolean {
  const country = PEOPLES.get(name.lower)
  if (country !== undefined && text.tokens.some(({ lower }) => PEOPLES.get(lower) === country)) return true
  if (country === 'america' && text.lowers.has('united') && text.lowers.has('states')) return true
  const isShort = (word: Token, other: Token): boolean =>
    SHORT_FORMS.get(word.lower) === (/^\d.*[news]$/.test(other.lower) ? other.lower.slice(-1) : other.lower)
  if (text.tokens.some((other) => isShort(name, other) || isShort(other, name))) return true
  const number = ROMAN.get(name.lower)
  if (number !== undefined && text.lowers.has(number)) return true
  const acronyms = acronymsOf(text)
  if (isCapitals(name.text) && (acronyms.has(name.text) || spelledAt(text.tokens, name.text) !== undefined)) return true
  for (const acronym of acronyms) if (spelledAt(claim.tokens, acronym)?.includes(name) === true) return true
  return false
}
