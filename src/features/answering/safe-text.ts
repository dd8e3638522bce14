import { createCanonicalPieces } from '../../core/canonical-pieces.ts'

/** Text as a model writes it, made harmless on the way; what `push` and `end` give is, put together, the answer. */
export interface SafeText {
  push(text: string): string
  end(): string
}

/**
 * What an answer may do with an address: lead to it, as it is that of a source; show it, as a source's text holds it, without
 * the parts that renderers make a link of; or neither.
 */
export type KnownAddress = (address: string) => 'source' | 'text' | undefined

/** Stands where an address was that no source has. */
export const LINK_REMOVED = '(link removed)'

const LONGEST_LABEL = 1000
const LONGEST_TARGET = 2000
const LONGEST_MARK = 40
/** Whether quote and list marks stand in it alone shows by then. */
const LINE_BEGINNING = 64

/**
 * Where something begins that may be more than text. An address must not be preceded by a letter of ASCII (renderers ask
 * no more), the host of a mail address must; `&` begins a character by its number or name, and a backslash one that means
 * only itself, which some renderers read before they look for addresses.
 */
const OPENING =
  /!\[|\[|<|【|\\(?=[!-/:-@[-`{-~])|(?<=[\p{L}\p{N}._+-])@(?=[\p{L}\p{N}._-])|&(?=#|(?:colon|sol|period|commat);)|(?<![a-z])(?:(?:https?|ftp):\/\/(?=\S)|www\.(?=[\p{L}\p{N}]))/giu
/** What may become such a beginning with the next piece. */
const UNFINISHED =
  /[!\\]$|(?<=[\p{L}\p{N}._+-])@$|&(?:c(?:o(?:l(?:on?)?|m(?:m(?:at?)?)?)?)?|s(?:ol?)?|p(?:e(?:r(?:i(?:od?)?)?)?)?)?$|(?<![a-z])(?:h(?:t(?:t(?:ps?(?::\/{0,2})?)?)?)?|f(?:t(?:p(?::\/{0,2})?)?)?|w(?:w(?:w\.?)?)?)$/iu
const ADDRESS = /^[^\s<>"`[\]{}|\\^]+/u
const MAIL_HOST = /^@[\p{L}\p{N}._-]+/u
const ADDRESS_TAIL = /[.,;:!?'*_~]+$/
/** What renderers leave out of an address where nothing but a space comes after. */
const BEHIND_ADDRESS = /^[.,;:!?'"*_~)]*/
/** Of the word that is being written so much is remembered. */
const LONGEST_WORD = 64
/** Elements that load, run or hide something even without attributes, and one that means nothing without. */
const ACTIVE = new Set(
  'a applet audio base button embed form frame frameset iframe img input link math meta noembed noscript object plaintext script select source style svg template textarea title track video xmp'.split(
    ' ',
  ),
)
const CITED =
  /^\s*\^?\s*(?:(?:source|evidence|passage|document|doc|ref)s?\.?\s*)?#?(\d{1,4}(?:\s*[,–-]\s*\d{1,4})*)\s*$/i
/** A definition of a link begins a line, also in quotes and lists. At the end a number may have been cut off. */
const LINE_START = /^(?:[\s>*+-]|\d{1,9}[.)])*\d{0,9}$/

type Found =
  | { readonly kind: 'wait' }
  /** The first character is text like any other. */
  | { readonly kind: 'text' }
  /** Harmless as it is, or made so: written without another look. */
  | { readonly kind: 'keep'; readonly length: number; readonly text: string }
  /** Read again in the place of what was found. */
  | { readonly kind: 'again'; readonly length: number; readonly text: string }

const WAIT: Found = { kind: 'wait' }
const TEXT: Found = { kind: 'text' }

/** Index of the bracket that closes the one at `start`; -1: none within reach; undefined: not yet. */
function closing(text: string, start: number, pair: string, longest: number, isEnd: boolean): number | undefined {
  let depth = 0
  const end = Math.min(text.length, start + longest)
  for (let i = start; i < end; i++) {
    if (text[i] === pair[0]) depth++
    else if (text[i] === pair[1] && --depth === 0) return i
    else if (text[i] === '\n' && text[i + 1] === '\n') return -1
  }
  return isEnd || end < text.length || end === start + longest ? -1 : undefined
}

/** What the link leads to reads like a place, not like a remark in brackets. */
const isTarget = (text: string): boolean =>
  /^\s*$|^\s*<?[^\s<>]*[:/.#?%&\\][^\s<>]*>?(?:\s+["'(][\s\S]*)?\s*$/.test(text)

/** `[^1]`, `[Source 1]`, `[[1]]` and the like in the one form that is verified. */
function markOf(label: string): string | undefined {
  const inner = /^\s*\[([^[\]]*)\]\s*$/.exec(label)?.[1] ?? label
  const numbers = CITED.exec(inner)?.[1]
  return numbers === undefined ? undefined : `[${numbers}]`
}

function readBracket(text: string, isEnd: boolean, line: string): Found {
  const isImage = text.startsWith('!')
  const open = isImage ? 1 : 0
  const close = closing(text, open, '[]', LONGEST_LABEL, isEnd)
  if (close === undefined) return WAIT
  if (close === -1) return TEXT
  const label = text.slice(open + 1, close)
  const next = text[close + 1]
  if (next === undefined && !isEnd) return WAIT
  const mark = isImage ? undefined : markOf(label)
  if (next === '(') {
    const end = closing(text, close + 1, '()', LONGEST_TARGET, isEnd)
    if (end === undefined) return WAIT
    if (end !== -1 && isTarget(text.slice(close + 2, end))) {
      return mark === undefined
        ? { kind: 'again', length: end + 1, text: label }
        : { kind: 'keep', length: end + 1, text: mark }
    }
  }
  if (mark !== undefined) {
    const isDefinition = next === ':' && LINE_START.test(line)
    return { kind: 'keep', length: close + 1, text: isDefinition ? `${mark} ` : mark }
  }
  if (next === ':' && LINE_START.test(line)) return { kind: 'again', length: close + 2, text: `${label}:` }
  return TEXT
}

function readTag(text: string, isEnd: boolean): Found {
  const next = text[1]
  if (next === undefined) return isEnd ? TEXT : WAIT
  if (!/[a-z/!?]/i.test(next)) return TEXT
  const blank = text.indexOf('\n\n')
  const end = text.indexOf('>')
  if (end === -1 || end > LONGEST_TARGET || (blank !== -1 && blank < end)) {
    return isEnd || blank !== -1 || text.length > LONGEST_TARGET ? TEXT : WAIT
  }
  const tag = text.slice(0, end + 1)
  const length = tag.length
  const inside = tag.slice(1, -1)
  if (/^(?:https?|ftp):\/\/\S+$/i.test(inside)) return { kind: 'again', length, text: inside }
  if (/^[^\s@<>/]+@[^\s@<>/]+$/.test(inside)) return { kind: 'again', length, text: inside }
  const [, name = '', rest = ''] = /^\/?([a-z][a-z0-9-]*)([\s\S]*)$/i.exec(inside) ?? []
  const isActive = ACTIVE.has(name.toLowerCase())
  if (!isActive && name !== '' && /^\s*\/?$/.test(rest)) return { kind: 'keep', length, text: tag }
  if (isActive || rest.includes('=') || inside.startsWith('!')) return { kind: 'again', length, text: '' }
  return TEXT
}

function readMark(text: string, isEnd: boolean): Found {
  const end = text.indexOf('】')
  if (end === -1 || end > LONGEST_MARK) return isEnd || text.length > LONGEST_MARK ? TEXT : WAIT
  const mark = markOf(text.slice(1, end).replace(/†.*$/s, ''))
  return mark === undefined ? TEXT : { kind: 'keep', length: end + 1, text: mark }
}

/** An address without the punctuation of the sentence around it. */
function trimmedAddress(run: string): string {
  let address = run.replace(ADDRESS_TAIL, '')
  while (address.endsWith(')') && address.split(')').length > address.split('(').length) {
    address = address.slice(0, -1).replace(ADDRESS_TAIL, '')
  }
  return address
}

function readAddress(text: string, isEnd: boolean, known: KnownAddress, before: string): Found {
  const run = ADDRESS.exec(text.slice(0, LONGEST_TARGET))?.[0] ?? ''
  const address = trimmedAddress(run)
  const behind = BEHIND_ADDRESS.exec(text.slice(address.length))?.[0] ?? ''
  const length = Math.max(run.length, address.length + behind.length)
  if (length === text.length && !isEnd && length < LONGEST_TARGET) return WAIT
  const as = known(address)
  if (as !== 'source') {
    const apart = /[\p{L}\p{N}@._+-]$/u.test(before) ? ' ' : ''
    return { kind: 'keep', length: address.length, text: as === 'text' ? apart + readable(address) : LINK_REMOVED }
  }
  // To renderers an address goes on up to white space, whatever comes: its host may be another then.
  const whole = address + behind
  const goesOn = /^\S/.test(text.slice(whole.length))
  return { kind: 'keep', length: whole.length, text: goesOn ? `${whole} ` : whole }
}

/** It goes on with whatever is written behind it. */
const holdsAddress = (word: string): boolean => /:\/\/|www\.|@/i.test(word)

/** Without scheme and `www.`: what is left is a link to nobody. */
function readable(address: string): string {
  let text = address
  for (let before = ''; before !== text;) {
    before = text
    text = text.replace(/^(?:(?:https?|ftp):\/\/|www\.)/i, '')
  }
  return text.includes('@') || addressesIn(text).length > 0 ? LINK_REMOVED : text
}

/** Whether what a renderer makes of the word, and of this behind it, could be an address where a backslash hides none. */
function hidesAddress(word: string, behind: string): boolean {
  const bare = word.replaceAll('\\', '')
  if (bare.includes('@')) return true
  if (behind === '@') return /[\p{L}\p{N}._+-]$/u.test(bare)
  if (behind === '.') return /www$/i.test(bare)
  return (behind === ':' || behind === '/') && /(?:https?|ftp)(?::\/?)?$/i.test(bare)
}

/** The host of a mail address, with its `@`: some renderers make a link of one. */
function readMailHost(text: string, isEnd: boolean, known: KnownAddress): Found {
  const run = MAIL_HOST.exec(text.slice(0, LONGEST_TARGET))?.[0] ?? ''
  if (run.length === text.length && !isEnd && run.length < LONGEST_TARGET) return WAIT
  const host = trimmedAddress(run)
  const as = known(host)
  if (!host.includes('.') || as === 'source') return TEXT
  return { kind: 'keep', length: host.length, text: as === 'text' ? ` (at) ${host.slice(1)}` : ` ${LINK_REMOVED}` }
}

/** The addresses that a text holds, of mail the hosts, for saying which of them an answer may repeat. */
export function addressesIn(text: string): string[] {
  return Array.from(text.matchAll(OPENING), ({ 0: opening, index }) => {
    const rest = text.slice(index, index + LONGEST_TARGET)
    if (opening !== '@') return /^[hfw]/i.test(opening) ? trimmedAddress(ADDRESS.exec(rest)?.[0] ?? '') : ''
    const host = trimmedAddress(MAIL_HOST.exec(rest)?.[0] ?? '')
    return host.includes('.') ? host : ''
  }).filter((address) => address !== '')
}

/**
 * Takes out of a text, while it is being written, what would lead or reach elsewhere when it is shown: links keep their
 * words, images their description, elements of HTML with attributes and addresses that no source has are gone. Marks
 * are brought into the form `[1]`. Text passes at once; only what has begun and may become one of these waits. The
 * result does not depend on how the text is cut.
 *
 * Whatever the text: the result is canonical and holds no `](`, no `]:` but behind a mark within a line, no `<` before a
 * letter but of a bare tag like `<b>`, and no address but those that `known` calls a source's.
 */
export function createSafeText(known: KnownAddress): SafeText {
  // What is dropped or changed when an answer is stored could otherwise hide something from this.
  const canonical = createCanonicalPieces()
  let held = ''
  /** The last characters that were written, for what depends on what stands before. */
  let last = ''
  /** The end of what was written behind the last white space or `<`; of an address that was cut off an `@` is left. */
  let word = ''
  /** The beginning of the line that is being written. */
  let line = ''
  /** Whether what was written last is a mark within a line, which defines nothing. */
  let isMark = false
  /** `<` without a space behind it, and whether an `@` follows: with a `>` it is a link to a mail address. */
  let angle: '' | '<' | '<@' = ''

  function wrote(text: string): string {
    last = (last + text).slice(-2)
    let from = text.length
    while (from > 0 && !/[\s<]/.test(text.charAt(from - 1))) from--
    const whole = from === 0 ? word + text : text.slice(from)
    const kept = whole.slice(-LONGEST_WORD)
    word = (holdsAddress(whole) && !holdsAddress(kept) ? '@' : '') + kept
    for (const [mark] of text.matchAll(/[<>@\s]/g)) {
      if (mark === '<') angle = '<'
      else if (mark === '@') angle = angle === '' ? '' : '<@'
      else angle = ''
    }
    const newline = text.lastIndexOf('\n')
    line = (newline === -1 ? line + text : text.slice(newline + 1)).slice(0, LINE_BEGINNING)
    return text
  }

  /** Two pieces, each harmless, must not become something together. */
  function asText(text: string): string {
    const guarded = (last + text)
      .replace(/\](?=[(:])/g, (bracket, at: number, whole: string) => {
        const isWritten = at < last.length - 1
        const isHarmless = at < last.length && isMark && whole[at + 1] === ':'
        return isWritten || isHarmless ? bracket : `${bracket} `
      })
      .replace(/<(?=[a-z/!?])/gi, '< ')
    if (text !== '') isMark = false
    return guarded
      .slice(last.length)
      .split(/(?=>)/)
      .map((piece) => wrote(piece.startsWith('>') && angle === '<@' ? ` ${piece}` : piece))
      .join('')
  }

  /** What stood on both sides of something that is gone stays apart. */
  const gap = (): string => (/[\p{L}\p{N}:/.@&_+-]$/u.test(last) || holdsAddress(word) ? wrote(' ') : '')

  function take(length: number): string {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  function read(isEnd: boolean): string {
    let out = ''
    while (held !== '') {
      const from = last.length
      OPENING.lastIndex = from
      const opening = OPENING.exec(last + held)
      if (opening === null) {
        const unfinished = isEnd ? null : UNFINISHED.exec(last + held)
        return out + asText(take(unfinished === null ? held.length : Math.max(0, unfinished.index - from)))
      }
      out += asText(take(opening.index - from))
      const found = readAt(opening[0], isEnd)
      if (found.kind === 'wait') return out
      if (found.kind === 'text') {
        out += asText(take(1))
        continue
      }
      take(found.length)
      if (found.kind === 'keep') {
        const isWithin = found.text.startsWith('[') && !LINE_START.test(line) && !last.endsWith('\\')
        out += found.text.startsWith('<') ? wrote(found.text) : asText(found.text)
        isMark = isWithin
      } else {
        out += gap()
        held = found.text + held
      }
    }
    return out
  }

  function readAt(opening: string, isEnd: boolean): Found {
    if (opening.endsWith('[')) return readBracket(held, isEnd, line)
    if (opening === '<') return readTag(held, isEnd)
    if (opening === '@') return readMailHost(held, isEnd, known)
    if (opening === '\\') {
      return hidesAddress(word, held.charAt(1)) ? { kind: 'keep', length: 1, text: '\\ ' } : TEXT
    }
    // Parted from what it would be a character with.
    if (opening === '&') return { kind: 'keep', length: 1, text: '& ' }
    if (opening === '【') return readMark(held, isEnd)
    return readAddress(held, isEnd, known, last)
  }

  return {
    push(text) {
      held += canonical.push(text)
      return read(false)
    },
    end() {
      held += canonical.end()
      return read(true)
    },
  }
}
