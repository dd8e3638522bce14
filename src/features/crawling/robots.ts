/** What robots.txt says to one crawler: RFC 9309, with the crawl-delay that it leaves out and many sites have. */
export interface Robots {
  /** @param target path with its query, as in the request */
  allows(target: string): boolean
  /** Seconds between two requests; undefined where it does not say. */
  readonly crawlDelay: number | undefined
  /** Addresses of sitemaps, as written. */
  readonly sitemaps: readonly string[]
}

export const ALLOWS_ALL: Robots = { allows: () => true, crawlDelay: undefined, sitemaps: [] }
/** Where the server fails to say what it allows (RFC 9309, 2.3.1.4). */
export const ALLOWS_NONE: Robots = { allows: () => false, crawlDelay: undefined, sitemaps: [] }

/** Of a longer file the rest is not looked at (RFC 9309, 2.5). */
export const MOST_ROBOTS_BYTES = 512_000

interface Rule {
  readonly allow: boolean
  /** Percent-encoding in one spelling; parts between `*`. */
  readonly parts: readonly string[]
  /** The pattern ended with `$`. */
  readonly toEnd: boolean
  /** Characters of the pattern: the longest that matches decides. */
  readonly length: number
}

interface Group {
  readonly agents: string[]
  readonly rules: Rule[]
  delay: number | undefined
}

/** @param agent product token of the crawler, without a version */
export function parseRobots(text: string, agent: string): Robots {
  const groups: Group[] = []
  const sitemaps: string[] = []
  let open: Group | undefined
  // Agents that follow each other share what comes after them.
  let naming = false
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const [name, value] = fieldOf(line)
    if (name === 'sitemap' && value !== '') sitemaps.push(value)
    if (name === 'user-agent') {
      if (open === undefined || !naming) groups.push((open = { agents: [], rules: [], delay: undefined }))
      open.agents.push(value.toLowerCase())
      naming = true
    } else if (name === 'allow' || name === 'disallow') {
      naming = false
      if (value !== '') open?.rules.push(ruleOf(value, name === 'allow'))
    } else if (name === 'crawl-delay') {
      naming = false
      const seconds = Number(value)
      if (open !== undefined && value !== '' && Number.isFinite(seconds) && seconds >= 0) open.delay = seconds
    }
  }
  const token = agent.toLowerCase()
  const named = groups.filter(({ agents }) => agents.some((each) => tokenOf(each) === token))
  // All groups of one crawler are one (2.2.1); those for everybody hold only where none names it.
  const mine = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes('*'))
  const rules = mine.flatMap((group) => group.rules)
  return {
    allows: (target) => isAllowed(encoded(target), rules),
    crawlDelay: mine.map(({ delay }) => delay).find((delay) => delay !== undefined),
    sitemaps,
  }
}

/** Longer ones are no rule of anybody's. In UTF-16 code units. */
const LONGEST_LINE = 4096

/** A line's name in lower case and its value, both empty where it has none. Without patterns: the file may be hostile. */
function fieldOf(line: string): readonly [name: string, value: string] {
  if (line.length > LONGEST_LINE) return ['', '']
  const [said = ''] = line.split('#', 1)
  const colon = said.indexOf(':')
  return colon === -1 ? ['', ''] : [said.slice(0, colon).trim().toLowerCase(), said.slice(colon + 1).trim()]
}

/** Letters, `_` and `-` (2.2.1): what follows, such as a version, is not compared. */
const tokenOf = (agent: string): string => /^[a-z_-]+/.exec(agent)?.[0] ?? agent

function ruleOf(pattern: string, allow: boolean): Rule {
  const toEnd = pattern.endsWith('$')
  const parts = encoded(toEnd ? pattern.slice(0, -1) : pattern).split(/\*+/)
  return { allow, parts, toEnd, length: pattern.length }
}

/** The longest pattern that matches decides, and of two as long the one that allows (2.2.2). */
function isAllowed(target: string, rules: readonly Rule[]): boolean {
  if (target === '/robots.txt') return true
  let best: Rule | undefined
  for (const rule of rules) {
    const wins = best === undefined || rule.length > best.length || (rule.length === best.length && rule.allow)
    if (wins && matches(target, rule)) best = rule
  }
  return best?.allow ?? true
}

/** Each part where it first stands behind the one before it, the last at the end where that is asked for. */
function matches(target: string, { parts, toEnd }: Rule): boolean {
  const [first = '', ...rest] = parts
  if (!target.startsWith(first)) return false
  let at = first.length
  for (const [i, part] of rest.entries()) {
    if (toEnd && i === rest.length - 1) return target.length - part.length >= at && target.endsWith(part)
    const found = target.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return !toEnd || at === target.length
}

/**
 * Octets outside of ASCII percent-encoded, encodings in capitals, and those of characters that need none decoded (2.2.2),
 * so that spellings of one path are alike.
 */
function encoded(path: string): string {
  return path
    .toWellFormed()
    .replace(/[^\x21-\x7e]+/g, encodeURIComponent)
    .replace(/%([\da-f]{2})/gi, (whole, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16))
      return /[\w.~-]/.test(character) ? character : whole.toUpperCase()
    })
}
