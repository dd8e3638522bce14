import type { DocumentId } from '../core/ids.ts'
import type { WordScores } from '../core/ports/search.ts'
import { OwnerDocuments } from './documents.ts'
import { SEGMENT_SIZES, type SegmentSizes } from './passages.ts'
import { Scratch } from './passage-scorer.ts'
import type { AnalysedPassage, AnalysedText } from './segment.ts'
import { OwnerWords, type SavedWords, type WordRanking } from './words.ts'

/** Runs a change without pauses. */
export function finish<T>(change: Generator<void, T>): T {
  for (;;) {
    const { done, value } = change.next()
    if (done === true) return value
  }
}

/** An owner's words by the ids of documents, without the engine around them. */
export class DocumentWords {
  readonly #documents = new OwnerDocuments()
  readonly #scratch = new Scratch()
  #words: OwnerWords

  constructor(sizes: SegmentSizes = SEGMENT_SIZES) {
    this.#words = new OwnerWords(this.#scratch, sizes)
  }

  get count(): number {
    return this.#words.count
  }

  get bytes(): number {
    return this.#words.bytes
  }

  get worthRenumbering(): boolean {
    return this.#words.worthRenumbering
  }

  analyse(title: string, text: string): AnalysedText {
    return this.#words.analyse(title, text)
  }

  replaceDocument(document: DocumentId, passages: readonly AnalysedPassage[]): void {
    finish(this.#words.replaceDocument(this.#documents.add(document), passages))
    if (passages.length === 0) this.#documents.remove(document)
  }

  deleteDocument(document: DocumentId): void {
    this.replaceDocument(document, [])
  }

  renumber(): void {
    this.#words = finish(this.#words.renumbered())
  }

  save(): SavedWords {
    return this.#words.save()
  }

  load(saved: SavedWords): void {
    this.#words = OwnerWords.load(saved, this.#scratch)
  }

  search(documents: readonly DocumentId[] | undefined, text: string, limit: number): WordRanking {
    return this.#words.search(this.#documents.matching({ documents }), this.#words.ask(text), limit)
  }

  score(documents: readonly DocumentId[] | undefined, text: string, chunks: Float64Array): WordScores {
    return this.#words.score(this.#documents.matching({ documents }), this.#words.ask(text), chunks)
  }

  meeting(documents: readonly DocumentId[] | undefined, text: string): Float64Array | undefined {
    return this.#words.meeting(this.#documents.matching({ documents }), this.#words.ask(text))
  }

  idf(word: string): number {
    return this.#words.idf(word)
  }
}
