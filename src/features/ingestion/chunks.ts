import type { ChunkDraft, StoredBlock } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { Group, Heading } from './chunks-outline.ts'
import { coveringBlocks, groupsOf, topLevel } from './chunks-outline.ts'
import type { CountTokens, Piece, PieceLimit, PieceSource } from './chunks-pieces.ts'
import { cutToTokens, lines, piecesOf, trimmedSpan } from './chunks-pieces.ts'

export interface ChunkOptions {
  readonly title: string
  /** Canonical. */
  readonly content: string
  readonly blocks: readonly StoredBlock[]
  readonly countTokens: CountTokens
  /** For title, context and text together, special tokens and the embedder's prefix taken off. At least 64. */
  readonly maxTokens: number
  /** BCP 47; where sentences end depends on it. */
  readonly language?: string | null | undefined
  /** Up to how many tokens neighbours are put together. Default 256; what already is one paragraph may be longer. */
  readonly softTarget?: number | undefined
  readonly maxChunks?: number | undefined
}

/** A paragraph below this part of the target is read with its neighbour. */
const SMALL = 1 / 4
/** A token of real text has about four characters; bound what a model takes for few tokens. */
const CHARACTERS_A_TOKEN = 16

/** What a passage is read under, and what that leaves for its text. */
interface Frame {
  readonly headings: readonly string[]
  readonly context: string
  readonly contextTokens: number
  /** Tokens for the text. */
  readonly room: number
  readonly page: number | null
}

interface Passage extends Frame {
  readonly pieces: Piece[]
  tokens: number
  /** The rest of a table: what follows is not read under its header. */
  sealed: boolean
}

/** A group with its pieces; `body` is undefined where it is surely too long for one passage. */
interface Sized {
  readonly group: Group
  readonly headings: readonly Piece[]
  readonly body: Piece | undefined
  readonly tokens: number
}

/**
 * The passages of a document, in order: without overlap, each `content.slice(start, end)` without white space at its
 * ends, together every other character. A document that fits the window is one passage. Otherwise structure decides:
 * a heading of the top level always begins a passage, paragraphs of a section are put together up to a soft target,
 * a long one is cut into even parts between sentences, then words, then code points; a table between rows and read
 * under its header rows, code between lines. Time is linear in the content.
 *
 * Throws `document_too_complex` when there would be more than `maxChunks`.
 */
export function chunk(options: ChunkOptions): ChunkDraft[] {
  const blocks = coveringBlocks(options.content, options.blocks)
  const packer = new Packer(options, topLevel(blocks))
  return packer.pack(groupsOf(options.content, blocks))
}

class Packer {
  readonly #options: ChunkOptions
  readonly #source: PieceSource
  readonly #top: number
  readonly #soft: number
  readonly #small: number
  readonly #titleTokens: number
  readonly #characters: number
  readonly #contexts = new Map<string, number>()
  readonly #drafts: ChunkDraft[] = []
  #open: Passage | undefined

  constructor(options: ChunkOptions, top: number) {
    const { content, countTokens, language, maxTokens, title } = options
    this.#options = options
    this.#source = { content, countTokens, language: language ?? 'en' }
    this.#top = top
    this.#soft = Math.min(options.softTarget ?? 256, maxTokens)
    this.#small = this.#soft * SMALL
    this.#characters = maxTokens * CHARACTERS_A_TOKEN
    // A title that takes over half of the window must not squeeze the text out of it.
    const longest = Math.floor(maxTokens / 2)
    this.#titleTokens = Math.min(longest, countTokens(title.slice(0, longest * CHARACTERS_A_TOKEN)))
  }

  pack(groups: readonly Group[]): ChunkDraft[] {
    const sized = groups.map((group) => this.#size(group))
    const [first] = sized
    if (first === undefined) return []
    const total = sized.reduce((sum, { tokens }) => sum + tokens, 0)
    if (total <= this.#options.maxTokens - this.#titleTokens && this.#options.content.length <= this.#characters) {
      const passage = this.#begin(first, this.#frame(first, [], ''))
      for (const { headings, body } of sized) append(passage, body === undefined ? headings : [...headings, body])
      this.#emit(passage)
    } else {
      for (const each of sized) this.#add(each)
      this.#close()
    }
    return this.#drafts
  }

  #size(group: Group): Sized {
    // Small enough to stand in any frame, whatever its title and context take.
    const limit = this.#limit(Math.floor(this.#options.maxTokens / 8))
    const headings = group.headingBlocks.flatMap((block) => piecesOf(this.#source, block, 'line', limit))
    const body = group.body === undefined ? undefined : this.#whole(group.body)
    const bodyTokens = group.body === undefined ? 0 : (body?.tokens ?? Infinity)
    return { group, headings, body, tokens: sum(headings) + bodyTokens }
  }

  #whole({ start, end }: StoredBlock): Piece | undefined {
    if (end - start > this.#characters) return undefined
    return { start, end, tokens: this.#source.countTokens(this.#source.content.slice(start, end)) }
  }

  #limit(tokens: number): PieceLimit {
    return { tokens: Math.max(1, tokens), characters: this.#characters }
  }

  #add(sized: Sized): void {
    const { group, headings, body, tokens } = sized
    const pieces = body === undefined ? headings : [...headings, body]
    if (this.#open !== undefined && this.#joins(this.#open, sized)) {
      append(this.#open, pieces)
      return
    }
    const frame = this.#frame(sized, group.above, '')
    if (tokens <= frame.room) {
      this.#close()
      append(this.#begin(sized, frame), pieces)
    } else {
      this.#split(sized, frame)
    }
  }

  #joins(open: Passage, { group, tokens, body }: Sized): boolean {
    if (open.sealed || group.level <= this.#top) return false
    const together = open.tokens + tokens
    const end = body?.end ?? group.headingBlocks.at(-1)?.end ?? 0
    if (together > open.room || end - (open.pieces[0]?.start ?? 0) > this.#characters) return false
    if (together <= this.#soft) return true
    return group.headingBlocks.length === 0 && Math.min(open.tokens, tokens) < this.#small
  }

  /** Cuts a body that is too long into even parts; what is short before it goes with the first. */
  #split(sized: Sized, first: Frame): void {
    const { group, headings } = sized
    const { body } = group
    const small = this.#open
    const leads = small !== undefined && headings.length === 0 && !small.sealed && small.tokens < this.#small
    if (!leads) {
      this.#close()
      append(this.#begin(sized, first), headings)
    }
    if (body === undefined) return
    if ((this.#open?.tokens ?? 0) > (this.#open?.room ?? 0) / 2) this.#close()

    const rest = this.#frame(sized, group.path, this.#headerOf(body))
    const lead = this.#open
    const room = Math.min(rest.room, lead === undefined ? Infinity : lead.room - lead.tokens)
    const pieces = piecesOf(this.#source, body, body.kind === 'text' ? 'sentence' : 'line', this.#limit(room))
    const total = sum(pieces)
    const parts = Math.max(1, Math.ceil(total / room), Math.round(total / this.#soft))
    let part = 1
    let done = 0
    for (const piece of pieces) {
      const open = this.#open
      const full = open !== undefined && (open.tokens + piece.tokens > open.room || this.#tooWide(open, piece))
      if (full || (done > 0 && done + piece.tokens / 2 > (total * part) / parts)) {
        this.#close()
        part += 1
      }
      // Only the lead, or what begins the body, stands under less than `rest`.
      const passage = this.#open ?? this.#begin(sized, piece === pieces[0] ? this.#frame(sized, group.path, '') : rest)
      append(passage, [piece])
      done += piece.tokens
    }
    if (this.#open !== undefined && body.kind === 'table' && parts > 1) this.#open.sealed = true
  }

  #reopen(frame: Frame): Passage {
    const { headings, context, contextTokens, room, page } = frame
    const passage = { headings, context, contextTokens, room, page, pieces: [], tokens: 0, sealed: false }
    this.#open = passage
    return passage
  }

  #begin({ group }: Sized, frame: Frame): Passage {
    const page = (group.headingBlocks[0] ?? group.body)?.page ?? null
    return this.#reopen({ ...frame, page })
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) this.#emit(open)
  }

  #tooWide(open: Passage, piece: Piece): boolean {
    const [first] = open.pieces
    return first !== undefined && piece.end - first.start > this.#characters
  }

  #frame({ group }: Sized, above: readonly Heading[], header: string): Frame {
    const { maxTokens } = this.#options
    const context = [this.#pathOf(above), header].filter((part) => part !== '').join('\n')
    const contextTokens = this.#contextTokens(context)
    return {
      headings: group.path.map(({ text }) => text).filter((text) => text !== ''),
      context,
      contextTokens,
      room: maxTokens - this.#titleTokens - contextTokens,
      page: null,
    }
  }

  /** The headings, outermost first; where they take over an eighth of the window, only the innermost that don't. */
  #pathOf(headings: readonly Heading[]): string {
    const { title, maxTokens, countTokens } = this.#options
    const limit = Math.floor(maxTokens / 8)
    let texts = headings.map(({ text }) => text).filter((text) => text !== '' && text !== title.trim())
    while (texts.length > 1 && this.#contextTokens(texts.join(' > ')) > limit) texts = texts.slice(1)
    const path = texts.join(' > ')
    return this.#contextTokens(path) <= limit ? path : cutToTokens(path, limit, countTokens)
  }

  #headerOf(body: StoredBlock): string {
    if (body.kind !== 'table' || body.headerRows === undefined || body.headerRows === 0) return ''
    const { maxTokens, countTokens } = this.#options
    const limit = Math.floor(maxTokens / 4)
    const end = Math.min(body.end, body.start + limit * CHARACTERS_A_TOKEN)
    const header = lines(this.#source.content, trimmedSpan(this.#source.content, { start: body.start, end }))
      .slice(0, body.headerRows)
      .map(({ start, end: lineEnd }) => this.#source.content.slice(start, lineEnd))
      .join('\n')
      .toWellFormed()
    return this.#contextTokens(header) <= limit ? header : cutToTokens(header, limit, countTokens)
  }

  #contextTokens(context: string): number {
    if (context === '') return 0
    let tokens = this.#contexts.get(context)
    if (tokens === undefined) {
      tokens = this.#options.countTokens(context)
      this.#contexts.set(context, tokens)
    }
    return tokens
  }

  /** Tokens add up where white space lies between two pieces; elsewhere they are counted again. What is too long is halved. */
  #emit(passage: Passage): void {
    const { pieces, headings, context, contextTokens, page, room } = passage
    const first = pieces[0]
    const last = pieces.at(-1)
    if (first === undefined || last === undefined) return
    const text = this.#source.content.slice(first.start, last.end)
    const adds = pieces.every((piece, at) => at === 0 || piece.start > (pieces[at - 1]?.end ?? 0))
    const tokens = adds ? passage.tokens : this.#source.countTokens(text)
    if (tokens > room && pieces.length > 1) {
      const half = Math.ceil(pieces.length / 2)
      for (const part of [pieces.slice(0, half), pieces.slice(half)]) {
        this.#emit({ ...passage, pieces: part, tokens: sum(part) })
      }
      return
    }
    if (this.#drafts.length >= (this.#options.maxChunks ?? Infinity)) {
      throw new AppError(
        'document_too_complex',
        `The document has more than ${this.#options.maxChunks} passages. Split it into smaller documents.`,
      )
    }
    this.#drafts.push({
      ordinal: this.#drafts.length,
      start: first.start,
      end: last.end,
      page,
      headings,
      context,
      text,
      tokens: this.#titleTokens + contextTokens + tokens,
    })
  }
}

function append(passage: Passage, pieces: readonly Piece[]): void {
  for (const piece of pieces) passage.pieces.push(piece)
  passage.tokens += sum(pieces)
}

const sum = (pieces: readonly Piece[]): number => pieces.reduce((total, { tokens }) => total + tokens, 0)
