// What the clients of the drill have written, by owner, and what they know of its fate: what an audit holds the service to.
import { uniqueWord } from '../files.ts'
import type { StreamEvent } from './stream-events.ts'

/** `unknown`: the request broke, or was refused with 5xx, so that it may have been carried out or not. */
export type Fate = 'acknowledged' | 'unknown'

export interface WrittenDocument {
  /** In this document only, and in questions about it. */
  readonly word: string
  /** In this document only: whoever says it has read it there. */
  readonly secret: string
  readonly text: string
  /** Of a file's bytes it does not matter how often they are sent. */
  readonly isFile: boolean
  readonly drill: number
  id: string | undefined
  upload: Fate
  /** `performance.now()` when its words were said to be searchable; undefined: they were not. */
  readyAt: number | undefined
  /** undefined: nobody has asked for it. */
  deletion: Fate | undefined
  /** `performance.now()` when its deletion was acknowledged. */
  deletedAt: number
}

export interface AskedQuestion {
  readonly question: string
  readonly drill: number
  readonly sentAt: number
  /** undefined: it was asked in a new chat whose id never arrived. */
  chatId: string | undefined
  fate: Fate
  answerId: number | undefined
  /** What has arrived of its stream, in order. */
  readonly events: StreamEvent[]
  /** Where it was not streamed: the answer as it came. */
  content: string | undefined
}

export interface Owner {
  readonly name: string
  readonly id: string
  readonly token: string
  readonly documents: WrittenDocument[]
  readonly questions: AskedQuestion[]
  /** Words of others that were said in questions, and so are no secrets of theirs. */
  readonly heard: Set<string>
}

/** One of each makes a text like few others, so that a text is also found by what it means. */
const SUBJECTS =
  'lighthouse, orchard, printing press, glacier, beehive, canal lock, observatory, windmill, railway bridge, salt mine, ' +
  'tannery, harbour crane, monastery, vineyard, glass furnace, ferry'
const PLACES =
  'Aldermoor, Brenthaven, Castellara, Dunwick, Eskholm, Farrowgate, Glenmarch, Holmstead, Ivorcliff, Jarrowby, ' +
  'Kelderbeck, Lindisburn, Marwell, Northolt, Orsett, Penhallow'
const REASONS =
  'because the river floods every spring, since wolves were seen near it, as the bishop had ordered, to keep the sand out, ' +
  'for the sake of the travellers, when the war was over, against the north wind, so that sheep could pass, ' +
  'after a quarrel about taxes, in memory of a drowned sailor, to please the queen'

const WORDS = /\bq(?:[bdfgklmnpr][aeiou])+x\b/g

export class Ledger {
  readonly owners: readonly Owner[]
  readonly #ofWord = new Map<string, { readonly owner: Owner; readonly isSecret: boolean }>()
  readonly #ofId = new Map<string, { readonly owner: Owner; readonly document: WrittenDocument }>()
  readonly #random: () => number
  #made = 0

  constructor(owners: readonly Owner[], random: () => number) {
    this.owners = owners
    this.#random = random
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.#random() * all.length)]
  }

  /** A text that nobody has sent yet. */
  write(owner: Owner, drill: number, isFile: boolean): WrittenDocument {
    const [word, secret] = [uniqueWord(this.#made++), uniqueWord(this.#made++)]
    const [subject, place, reason] = [SUBJECTS, PLACES, REASONS].map((all) => this.pick(all.split(', ')))
    const text = [
      `The ${subject} of ${place} was built in ${1500 + Math.floor(this.#random() * 500)}, ${reason}.`,
      `The keepers of ${word} call their gate ${secret}.`,
      `It stands ${20 + Math.floor(this.#random() * 80)} metres high, and is open to visitors of ${place} in summer.`,
    ].join('\n\n')
    const unwritten = {
      id: undefined,
      upload: 'unknown',
      readyAt: undefined,
      deletion: undefined,
      deletedAt: 0,
    } as const
    const document: WrittenDocument = { word, secret, text, isFile, drill, ...unwritten }
    owner.documents.push(document)
    this.#ofWord.set(word, { owner, isSecret: false }).set(secret, { owner, isSecret: true })
    return document
  }

  acknowledge(owner: Owner, document: WrittenDocument, id: string): void {
    document.id = id
    document.upload = 'acknowledged'
    this.#ofId.set(id, { owner, document })
  }

  /** What a text for this owner holds of others' documents. */
  foreign(owner: Owner, text: string): string | undefined {
    for (const [word] of text.matchAll(WORDS)) {
      const of = this.#ofWord.get(word)
      if (of === undefined || of.owner === owner || (!of.isSecret && owner.heard.has(word))) continue
      return `${word} of ${of.owner.name}`
    }
    for (const [id] of text.matchAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g)) {
      const of = this.#ofId.get(id)
      if (of !== undefined && of.owner !== owner) return `document ${id} of ${of.owner.name}`
    }
    return undefined
  }

  document(id: string): WrittenDocument | undefined {
    return this.#ofId.get(id)?.document
  }

  /** Names of the owners whose secrets a text holds. */
  ownersOfSecrets(text: string): Set<string> {
    const found = [...text.matchAll(WORDS)].map(([word]) => this.#ofWord.get(word))
    return new Set(found.filter((of) => of?.isSecret === true).map((of) => of?.owner.name ?? ''))
  }
}

export const questionAbout = (word: string, n: number): string =>
  `Note ${n}: what do the keepers of ${word} call their gate?`

/** What a model that reads answers to such a question, and where: the asked word's secret, if the evidence has it. */
export function answerFrom(prompt: string): string {
  const asked = [...prompt.matchAll(/what do the keepers of (\w+) call/g)].at(-1)?.[1]
  const pairs = new Map(
    [...prompt.matchAll(/keepers of (\w+) call their gate (\w+)/g)].map(([, word, secret]) => [word, secret]),
  )
  const secret = asked === undefined ? undefined : pairs.get(asked)
  return secret === undefined
    ? 'The documents do not say it.'
    : `The keepers of ${asked} call their gate ${secret} [1].`
}
