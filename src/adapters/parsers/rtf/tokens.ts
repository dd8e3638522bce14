/** Rich Text Format 1.9.1: groups, control words with an optional number, control symbols, hex bytes and text. */
export type RtfToken =
  | { readonly kind: 'open' | 'close' }
  | { readonly kind: 'word'; readonly name: string; readonly value: number | undefined }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'byte'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }

/** `source` holds one character for each byte. Raw bytes after `\bin` are skipped. */
export function* rtfTokens(source: string): Generator<RtfToken> {
  const word = /([a-zA-Z]{1,40})(-?\d{1,10})? ?/y
  const plain = /[^{}\\\r\n]+/y
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === '{' || char === '}') {
      yield { kind: char === '{' ? 'open' : 'close' }
      at += 1
    } else if (char === '\r' || char === '\n') at += 1
    else if (char !== '\\') {
      plain.lastIndex = at
      const text = plain.exec(source)?.[0] ?? char
      yield { kind: 'text', text }
      at += text.length
    } else {
      word.lastIndex = at + 1
      const match = word.exec(source)
      if (match !== null) {
        const value = match[2] === undefined ? undefined : Number(match[2])
        at = word.lastIndex
        if (match[1] === 'bin') at += Math.max(0, value ?? 0)
        else yield { kind: 'word', name: match[1] ?? '', value }
      } else if (source.charAt(at + 1) === "'") {
        const byte = Number.parseInt(source.slice(at + 2, at + 4), 16)
        if (!Number.isNaN(byte)) yield { kind: 'byte', value: byte }
        at += 4
      } else {
        yield { kind: 'symbol', name: source.charAt(at + 1) }
        at += 2
      }
    }
  }
}
