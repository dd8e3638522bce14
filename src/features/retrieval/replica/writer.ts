import type { NamedReplica, Terms } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { lastChange, prunedUpTo, readChanges } from '../../../database/change-log.ts'
import type { Database } from '../../../database/database.ts'
import { fulfilComparison, noteReplica, type ReplicaRow, wishComparison } from '../../../database/vector-replicas.ts'
import { documentStates } from '../repository.ts'
import { compare } from './comparison.ts'
import * as repository from './repository.ts'

export interface WriterDeps {
  readonly database: Database
  readonly model: () => string
  readonly terms: Pick<Terms, 'ofPassages'>
  /** Of this process. */
  readonly instance: string
  readonly logger: Logger
  readonly closing: AbortSignal
}

/** Another process has become the writer: what this one still wanted to write is that one's now. */
export class NoWriterError extends Error {
  override readonly name = 'NoWriterError'
}

/** The log has forgotten changes that the replica does not show. */
class GapError extends Error {
  override readonly name = 'GapError'
}

const CHANGES_A_READ = 500
/** Each is looked up there by itself. */
const DELETED_AT_ONCE = 20

/** What the one process does that writes to a replica. */
export function createReplicaWriter({ database, model, terms, instance, logger, closing }: WriterDeps) {
  const options = { signal: closing }
  const source = (): repository.Source => ({ read: database.read, model: model(), terms })

  /** Says what is so from now on, and that this process lives. @throws NoWriterError */
  async function note(name: string, next: Parameters<typeof noteReplica>[2] = {}): Promise<void> {
    if (await database.write((tx) => noteReplica(tx, { name, writer: instance }, next))) return
    // Something may have been written since this was the writer last.
    await database.write((tx) => wishComparison(tx, name))
    throw new NoWriterError()
  }

  async function compareAll(to: NamedReplica, row: ReplicaRow): Promise<void> {
    // What is committed after this is in the log, whether or not the comparison saw it.
    const position = await lastChange(database.read)
    await note(row.name, { state: 'filling', position })
    const stillWriter = (): Promise<void> => note(row.name)
    const found = await compare({ source: source(), replica: to, stillWriter }, options)
    logger.info(found, 'The vector store was compared with the database')
    const comparison = JSON.stringify({ at: new Date().toISOString(), ...found })
    await note(row.name, { state: 'following', position, comparison })
    await database.write((tx) => fulfilComparison(tx, row))
  }

  /**
   * Writes what the log says, until nothing is left or `until`; gives the number of the last change that is shown then.
   * @param shown hears of each number on the way
   * @throws GapError
   */
  async function follow(
    to: NamedReplica,
    from: number,
    until: number,
    shown: (position: number) => void,
  ): Promise<number> {
    let position = from
    while (performance.now() < until) {
      closing.throwIfAborted()
      const changes = await readChanges(database.read, position, CHANGES_A_READ)
      const newest = changes.at(-1)
      if (newest === undefined) {
        if (position < (await prunedUpTo(database.read))) throw new GapError()
        return position
      }
      // Numbers have no gaps.
      if (changes[0]?.seq !== position + 1) throw new GapError()
      const ids = [...new Set(changes.map(({ document }) => document))]
      const states = await documentStates(database.read, ids)
      const gone = changes.filter(({ document, owner }) => states.get(document)?.owner !== owner)
      for (const [owner, left] of Map.groupBy(gone, (change) => change.owner)) {
        const documents = [...new Set(left.map(({ document }) => document))]
        for (let at = 0; at < documents.length; at += DELETED_AT_ONCE) {
          await note(to.name)
          await to.deleteDocuments(owner, documents.slice(at, at + DELETED_AT_ONCE), options)
        }
      }
      for await (const some of repository.inBatches(database.read, [...states.values()])) {
        const documents = await repository.replicated(source(), some, to, options)
        await note(to.name)
        await to.putDocuments(documents, options)
      }
      position = newest.seq
      await note(to.name, { position })
      shown(position)
    }
    return position
  }

  return { note, compareAll, follow, isGap: (error: unknown): boolean => error instanceof GapError }
}
