import { AppError } from '../../core/errors.ts'

export interface DecodedText {
  readonly text: string
  /** WHATWG name of the encoding. */
  readonly encoding: string
  /** UTF-16 or 32 found by its zero bytes alone, which pictures and tables of numbers have too. */
  readonly byPattern: boolean
}

const BYTE_ORDER_MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** Share of control characters above which content is not text in any encoding; random bytes have about a tenth. */
const CONTROL_SHARE = 0.01
const SNIFFED_BYTES = 65_536

/**
 * The text that the bytes hold, or undefined when they are no text. In order: byte order mark, the pattern of NULs
 * that UTF-16 and UTF-32 leave, validity as UTF-8, the encoding that XML or HTML declares, statistics (chardet).
 */
export const decodeText = async (bytes: Uint8Array): Promise<DecodedText | undefined> => {
  for (const [encoding, mark] of BYTE_ORDER_MARKS) {
    if (mark.every((byte, index) => bytes[index] === byte)) return checked(bytes.subarray(mark.length), encoding)
  }
  const wide = wideEncoding(bytes)
  if (wide !== undefined) {
    const decoded = checked(bytes, wide)
    return decoded === undefined || strangeShare(decoded.text) > CONTROL_SHARE
      ? undefined
      : { ...decoded, byPattern: true }
  }
  const utf8 = strictly(bytes, 'utf-8')
  if (utf8 !== undefined && !/\u001b[$(]/.test(utf8.slice(0, SNIFFED_BYTES))) return acceptable(utf8, 'utf-8')
  // Every byte is a letter in some single-byte encoding; a zero among them is the mark of binary data.
  if (utf8 === undefined && bytes.subarray(0, SNIFFED_BYTES).includes(0)) return undefined
  const declared = declaredEncoding(bytes)
  const guessed = await likelyEncodings(bytes)
  for (const encoding of [...(declared === undefined ? [] : [declared]), ...guessed, 'windows-1252']) {
    const text = strictly(bytes, encoding)
    const result = text === undefined ? undefined : acceptable(text, encoding)
    if (result !== undefined) return result
  }
  return utf8 === undefined ? undefined : acceptable(utf8, 'utf-8')
}

/** The text of a file whose type is known to be text. Throws `document_corrupt` where it is not. */
export const requireText = async (bytes: Uint8Array): Promise<string> => {
  const decoded = await decodeText(bytes)
  if (decoded === undefined) {
    throw new AppError(
      'document_corrupt',
      'The file holds no readable text in any known encoding. Save it as UTF-8 and upload it again.',
    )
  }
  return decoded.text
}

const checked = (bytes: Uint8Array, encoding: string): DecodedText | undefined => {
  const text = encoding.startsWith('utf-32')
    ? decodeUtf32(bytes, encoding === 'utf-32le')
    : new TextDecoder(encoding).decode(bytes)
  return acceptable(text, encoding)
}

const acceptable = (text: string, encoding: string): DecodedText | undefined => {
  const sample = text.slice(0, SNIFFED_BYTES)
  let controls = 0
  for (let index = 0; index < sample.length; index += 1) {
    const code = sample.charCodeAt(index)
    if ((code < 32 && (code < 8 || code > 13) && code !== 27 && code !== 26) || code === 0xfffd) controls += 1
  }
  return controls > Math.max(1, sample.length * CONTROL_SHARE) ? undefined : { text, encoding, byPattern: false }
}

/** The share of characters that are unassigned, private or halves of pairs. */
const strangeShare = (text: string): number => {
  const sample = text.slice(0, SNIFFED_BYTES)
  return sample.length === 0 ? 0 : (sample.match(/[\p{Cn}\p{Co}\p{Cs}]/gu)?.length ?? 0) / sample.length
}

const strictly = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    // TypeError: not valid in it; RangeError: an encoding that the platform does not know.
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}

/** UTF-16 and UTF-32 without a mark: letters of most scripts leave their zero bytes at fixed places. */
const wideEncoding = (bytes: Uint8Array): string | undefined => {
  const length = Math.min(bytes.length, SNIFFED_BYTES) & ~3
  if (length < 4) return undefined
  const zeros: [number, number, number, number] = [0, 0, 0, 0]
  for (let index = 0; index < length; index += 1) {
    if (bytes[index] === 0) zeros[(index & 3) as 0 | 1 | 2 | 3] += 1
  }
  const quarter = length / 4
  const [a, b, c, d] = zeros
  if (a + b + c + d === 0) return undefined
  if (c > quarter * 0.9 && d > quarter * 0.9 && a < quarter * 0.1) return 'utf-32le'
  if (a > quarter * 0.9 && b > quarter * 0.9 && d < quarter * 0.1) return 'utf-32be'
  const even = a + c
  const odd = b + d
  if (odd > quarter * 0.1 && even < odd * 0.05) return 'utf-16le'
  if (even > quarter * 0.1 && odd < even * 0.05) return 'utf-16be'
  return undefined
}

const decodeUtf32 = (bytes: Uint8Array, littleEndian: boolean): string => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: string[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian)
    parts.push(code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code))
  }
  return parts.join('')
}

const declaredEncoding = (bytes: Uint8Array): string | undefined => {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString('latin1')
  return (
    /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w-]{2,40})/i.exec(head)?.[1] ??
    /<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{2,40})/i.exec(head)?.[1]
  )
}

/** Below this many bytes outside ASCII, statistics over letters say little and the most common encoding wins. */
const ENOUGH_FOR_STATISTICS = 12

const likelyEncodings = async (bytes: Uint8Array): Promise<readonly string[]> => {
  const sample = bytes.subarray(0, SNIFFED_BYTES)
  let high = 0
  for (const byte of sample) if (byte > 127) high += 1
  const { analyse } = await import('chardet')
  const found = analyse(sample).filter((match) => match.name !== 'UTF-8' && match.name !== 'ASCII')
  const multiByte = found.filter(
    (match) => /^(Shift_JIS|Big5|EUC|GB18030|ISO-2022)/i.test(match.name) && match.confidence >= 50,
  )
  const escaped = found.filter((match) => match.name.startsWith('ISO-2022'))
  const ranked =
    high === 0 ? escaped : high < ENOUGH_FOR_STATISTICS ? multiByte.filter((match) => match.confidence >= 90) : found
  return ranked.filter((match) => match.confidence >= 20).map((match) => match.name)
}
