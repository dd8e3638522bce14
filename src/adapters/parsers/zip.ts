import { inflateRawSync } from 'node:zlib'
import { AppError } from '../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_ENTRY = 0x04034b50
/** The end record is 22 bytes and may be followed by a comment of up to 65,535. */
const END_SEARCH = 22 + 65_535
const RATIO_MATTERS_ABOVE = 32 * 2 ** 20

interface Entry {
  readonly name: string
  readonly method: number
  readonly encrypted: boolean
  readonly packedSize: number
  readonly offset: number
}

/**
 * A ZIP container read by its central directory. Sizes that the directory states are not believed: each entry
 * is inflated with the rest of the budget as its hard bound, so a bomb ends when the budget does.
 */
export interface ZipContainer {
  readonly names: readonly string[]
  readonly encrypted: boolean
  has(name: string): boolean
  /** Undefined for an entry that does not exist. Throws `document_corrupt`, `document_too_complex`. */
  bytes(name: string): Uint8Array | undefined
  text(name: string): string | undefined
}

const corrupt = (cause?: unknown): AppError =>
  new AppError(
    'document_corrupt',
    'The file is damaged or incomplete: its container cannot be opened. Export or download it again.',
    {
      cause,
    },
  )

const bomb = (limits: ParseLimits): AppError =>
  new AppError(
    'document_too_complex',
    `The file unpacks to more than the allowed ${Math.round(limits.inflatedBytes / 2 ** 20)} MiB, or far more than its size suggests. Split it, or save it as PDF or plain text.`,
  )

/** @throws AppError `document_corrupt` when there is no readable directory, `document_too_complex` over the entry limit. */
export const openZip = (bytes: Uint8Array, limits: ParseLimits = DEFAULT_LIMITS): ZipContainer => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = readDirectory(view, limits)
  const cache = new Map<string, Uint8Array>()
  let inflated = 0
  let packed = 0

  const read = (entry: Entry): Uint8Array => {
    const body = entryBody(view, entry)
    const budget = limits.inflatedBytes - inflated
    const content = entry.method === 0 ? body : inflate(body, budget, limits)
    inflated += content.length
    packed += body.length
    if (inflated > limits.inflatedBytes) throw bomb(limits)
    if (inflated > RATIO_MATTERS_ABOVE && inflated > packed * limits.inflationRatio) throw bomb(limits)
    return content
  }

  const bytesOf = (name: string): Uint8Array | undefined => {
    const known = cache.get(name)
    if (known !== undefined) return known
    const entry = entries.get(name)
    if (entry === undefined) return undefined
    if (entry.encrypted) throw encryptedError()
    const content = read(entry)
    cache.set(name, content)
    return content
  }

  return {
    names: [...entries.keys()],
    encrypted: [...entries.values()].some((entry) => entry.encrypted),
    has: (name) => entries.has(name),
    bytes: bytesOf,
    text: (name) => {
      const content = bytesOf(name)
      return content === undefined ? undefined : decodeXmlBytes(content)
    },
  }
}

export const encryptedError = (): AppError =>
  new AppError(
    'document_encrypted',
    'The file is protected by a password or encryption. Open it, save it without protection, and upload that.',
  )

const readDirectory = (view: Buffer, limits: ParseLimits): ReadonlyMap<string, Entry> => {
  const end = findEndRecord(view)
  if (end === undefined) throw corrupt()
  const count = view.readUInt16LE(end + 10)
  if (count > limits.containerEntries) {
    throw new AppError(
      'document_too_complex',
      `The file holds more than ${limits.containerEntries} parts. Split it into smaller files.`,
    )
  }
  const entries = new Map<string, Entry>()
  let at = view.readUInt32LE(end + 16)
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > view.length || view.readUInt32LE(at) !== DIRECTORY_ENTRY) throw corrupt()
    const nameLength = view.readUInt16LE(at + 28)
    const name = view.toString('utf8', at + 46, at + 46 + nameLength).replaceAll('\\', '/')
    entries.set(name, {
      name,
      encrypted: (view.readUInt16LE(at + 8) & 1) === 1,
      method: view.readUInt16LE(at + 10),
      packedSize: view.readUInt32LE(at + 20),
      offset: view.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32)
  }
  return entries
}

const findEndRecord = (view: Buffer): number | undefined => {
  const last = view.length - 22
  for (let at = last; at >= 0 && at >= view.length - END_SEARCH; at -= 1) {
    if (view.readUInt32LE(at) === END_OF_DIRECTORY) return at
  }
  return undefined
}

const entryBody = (view: Buffer, entry: Entry): Buffer => {
  const { offset } = entry
  if (offset + 30 > view.length || view.readUInt32LE(offset) !== LOCAL_ENTRY) throw corrupt()
  const start = offset + 30 + view.readUInt16LE(offset + 26) + view.readUInt16LE(offset + 28)
  if (start + entry.packedSize > view.length) throw corrupt()
  return view.subarray(start, start + entry.packedSize)
}

const inflate = (body: Buffer, budget: number, limits: ParseLimits): Uint8Array => {
  if (budget <= 0) throw bomb(limits)
  try {
    return inflateRawSync(body, { maxOutputLength: budget })
  } catch (error) {
    if (error instanceof RangeError) throw bomb(limits)
    throw corrupt(error)
  }
}

/** XML parts of containers are UTF-8 unless a byte order mark says otherwise. */
const decodeXmlBytes = (content: Uint8Array): string => {
  const utf16 =
    content[0] === 0xff && content[1] === 0xfe
      ? 'utf-16le'
      : content[0] === 0xfe && content[1] === 0xff
        ? 'utf-16be'
        : 'utf-8'
  return new TextDecoder(utf16).decode(content)
}
