import type { Writable } from 'node:stream'

/** Where a command speaks to its person: results on `out`, everything about them on `err`. */
export interface Terminal {
  readonly out: Writable
  readonly err: Writable & { readonly isTTY?: boolean }
  /** Ctrl-C, or the order to stop. */
  readonly signal: AbortSignal
}

export const printLine = (stream: Writable, line: string): void => void stream.write(`${line}\n`)

/** Names from documents and file systems must not move the cursor, nor make a line look like two. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()

/** The words in lines of at most `width` columns, each indented. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(indent + word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}
