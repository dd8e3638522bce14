import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CreateIndexParam, DescribeCollectionResponse, MilvusClient } from '@zilliz/milvus2-sdk-node'
import { AppError } from '../../../core/errors.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import type { Connection } from './connection.ts'
import { FACET_LENGTH, FIELDS, FULL_TEXT_FIELDS, MOST_FACETS } from './fields.ts'
import { BM25, MOST_TERM_BYTES } from './full-text.ts'

export const INDEX_KINDS = ['HNSW', 'IVF_FLAT', 'AUTOINDEX'] as const
export type IndexKind = (typeof INDEX_KINDS)[number]

/** What a collection is of. */
export interface CollectionForm {
  readonly collection: string
  readonly index: IndexKind
  readonly model: string
  readonly dimension: number
  /** Whether the server looks for words in it as well. */
  readonly fullText: boolean
}

/** Inner product: vectors are of length 1, and one of zeros has no cosine. */
export const METRIC = 'IP'
/** Of the rows' form; another makes another collection. */
const VERSION = 1
const LONGEST_ID = 256
/** Owners are spread over them by hash, and a search reads the one of its owner. */
const PARTITIONS = 16
const BETWEEN_QUESTIONS_MS = 100

/** What each is built with: milvus.io/docs/index.md. */
const BUILD = {
  HNSW: { M: 16, efConstruction: 200 },
  IVF_FLAT: { nlist: 128 },
  AUTOINDEX: {},
} as const satisfies Record<IndexKind, object>

/** What a search for `limit` looks through: enough for a recall of .98 of the exact best. */
export function searchParameters(index: IndexKind, limit: number): Record<string, number> {
  if (index === 'HNSW') return { ef: Math.min(32_768, Math.max(128, 2 * limit)) }
  return index === 'IVF_FLAT' ? { nprobe: 64 } : {}
}

/** Another model, length of vectors or form of rows has a collection of its own beside it. */
export function collectionName({ collection, model, dimension, fullText }: CollectionForm): string {
  const hash = createHash('sha256').update(model).digest('hex').slice(0, 16)
  return `${prefixOf(collection)}${dimension}_${hash}${fullText ? '_words' : ''}`
}

/** With which the names of all of them begin, whatever their model. */
export const prefixOf = (collection: string): string => `${collection}_${VERSION}_`

/**
 * Makes the collection and its index where they are missing, checks that they are what is wanted where they are there (an
 * index of another kind is made anew), and waits until the server has loaded them. Several at once do no harm.
 * @param limit milliseconds for all of it
 * @returns whether it was missing; undefined: the server keeps no full text, and nothing was left there
 */
export async function prepare(
  connection: Connection,
  form: CollectionForm,
  limit: number,
  { signal }: CallOptions,
): Promise<{ readonly isNew: boolean } | undefined> {
  const collection_name = collectionName(form)
  const options = { signal, limit }
  const ask = <T extends object>(request: (client: MilvusClient) => Promise<T>): Promise<T> =>
    connection.call(request, options)

  const { value: exists } = await ask((client) => client.hasCollection({ collection_name }))
  if (exists === false) await ask((client) => create(client, collection_name, form))
  const found = await ask((client) => client.describeCollection({ collection_name }))
  if (form.fullText && exists === false && !hasFunction(found)) {
    await ask((client) => client.dropCollection({ collection_name }))
    return undefined
  }
  checkFields(found, form)
  const vectors = { index_type: form.index, metric_type: METRIC, params: JSON.stringify(BUILD[form.index]) }
  await ensureIndex(collection_name, 'vector', vectors)
  if (form.fullText) await ensureIndex(collection_name, 'sparse', BM25)
  await ask((client) => client.loadCollectionAsync({ collection_name }))
  const until = performance.now() + limit
  for (;;) {
    const { progress } = await ask((client) => client.getLoadingProgress({ collection_name }))
    if (Number(progress) >= 100) return { isNew: exists === false }
    if (performance.now() > until) {
      const text = `Milvus has loaded ${progress} % of ${collection_name} within ${limit} ms.`
      throw new ProviderFailure('not_ready', text, { kind: 'unavailable', again: true })
    }
    await sleep(BETWEEN_QUESTIONS_MS, undefined, { signal })
  }

  async function ensureIndex(
    collection_name: string,
    field_name: string,
    extra_params: CreateIndexParam,
  ): Promise<void> {
    const built = await connection
      .call((client) => client.describeIndex({ collection_name, field_name }), options)
      .catch((error: unknown) => {
        // A collection without an index is an error to the server.
        if (error instanceof ProviderFailure && /index not (?:exist|found)|no index/i.test(error.said)) return undefined
        throw error
      })
    const kind = built?.index_descriptions
      .find((index) => index.field_name === field_name)
      ?.params.find(({ key }) => key === 'index_type')?.value
    if (kind === extra_params.index_type) return
    if (kind !== undefined) {
      await ask((client) => client.releaseCollection({ collection_name }))
      await ask((client) => client.dropIndex({ collection_name, field_name }))
    }
    await ask((client) => client.createIndex({ collection_name, field_name, extra_params }))
  }
}

async function create(client: MilvusClient, collection_name: string, { model, dimension, fullText }: CollectionForm) {
  const { DataType, FunctionType } = await import('@zilliz/milvus2-sdk-node')
  const [terms, sparse] = FULL_TEXT_FIELDS
  const ofWords = {
    fields: [
      // Encoded, so that it stays what it was (see full-text.ts).
      {
        name: terms,
        data_type: DataType.VarChar,
        max_length: MOST_TERM_BYTES,
        enable_analyzer: true,
        analyzer_params: { tokenizer: 'standard' },
      },
      { name: sparse, data_type: DataType.SparseFloatVector },
    ],
    functions: [
      {
        name: 'bm25',
        type: FunctionType.BM25,
        input_field_names: [terms],
        output_field_names: [sparse],
        params: {},
      },
    ],
  }
  return client.createCollection({
    collection_name,
    description: `Evident: vectors of ${dimension} numbers by ${model}`.slice(0, LONGEST_ID),
    fields: [
      { name: 'chunk', data_type: DataType.Int64, is_primary_key: true, autoID: false },
      { name: 'owner', data_type: DataType.VarChar, max_length: LONGEST_ID, is_partition_key: true },
      { name: 'document', data_type: DataType.VarChar, max_length: LONGEST_ID },
      { name: 'created', data_type: DataType.Int64 },
      {
        name: 'facets',
        data_type: DataType.Array,
        element_type: DataType.VarChar,
        max_length: FACET_LENGTH,
        max_capacity: MOST_FACETS,
      },
      { name: 'vector', data_type: DataType.FloatVector, dim: dimension },
      ...(fullText ? ofWords.fields : []),
    ],
    ...(fullText && { functions: ofWords.functions }),
    num_partitions: PARTITIONS,
    shards_num: 1,
    // Of requests that do not say; ours do.
    consistency_level: 'Bounded',
  })
}

/** @throws AppError `not_configured` where it is not a collection of ours */
function checkFields(found: DescribeCollectionResponse, { dimension, fullText }: CollectionForm): void {
  const { schema, collection_name } = found
  const wanted = fullText ? [...FIELDS, ...FULL_TEXT_FIELDS] : [...FIELDS]
  const names = schema.fields.map(({ name }) => name).sort()
  const vector = schema.fields.find(({ name }) => name === 'vector')
  const size = vector?.type_params.find(({ key }) => key === 'dim')?.value
  const isWhole = names.join() === wanted.sort().join() && hasFunction(found) === fullText
  if (isWhole && Number(size) === dimension) return
  throw new AppError(
    'not_configured',
    `Milvus has a collection ${collection_name} that Evident did not make. Set MILVUS_COLLECTION to another name.`,
  )
}

const hasFunction = ({ schema }: DescribeCollectionResponse): boolean =>
  schema.functions.some(({ type }) => String(type) === 'BM25')
