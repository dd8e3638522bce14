import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CreateIndexParam, DescribeCollectionResponse, MilvusClient } from '@zilliz/milvus2-sdk-node'
import { AppError } from '../../../core/errors.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import type { Connection } from './connection.ts'
import { FACET_LENGTH, FIELDS, FULL_TEXT_FIELDS, MOST_FACETS } from './fields.ts'
import { DIGEST_LENGTH, SPARSE } from './full-text.ts'

export const INDEX_KINDS = ['HNSW', 'IVF_FLAT', 'AUTOINDEX'] as const
export type IndexKind = (typeof INDEX_KINDS)[number]

/** What a collection is of. */
export interface CollectionForm {
  readonly collection: string
  readonly index: IndexKind
  readonly model: string
  readonly dimension: number
  /** Names the terms by which the server looks for words in it as well; absent: it does not. */
  readonly terms?: string | undefined
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
export function collectionName({ collection, model, dimension, terms }: CollectionForm): string {
  const name = `${prefixOf(collection)}${dimension}_${hashOf(model)}`
  return terms === undefined ? name : `${name}_words_${hashOf(terms).slice(0, 8)}`
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** With which the names of all of them begin, whatever their model. */
export const prefixOf = (collection: string): string => `${collection}_${VERSION}_`

/**
 * Makes the collection and its index where they are missing, checks that they are what is wanted where they are there (an
 * index of another kind is made anew), and waits until the server has loaded them. Several at once do no harm.
 * @param limit milliseconds for all of it
 * @param created hears that it was missing, as soon as it is there
 */
export async function prepare(
  connection: Connection,
  form: CollectionForm,
  limit: number,
  created: () => void,
): Promise<void> {
  const collection_name = collectionName(form)
  const options = { limit }
  const ask = <T extends object>(request: (client: MilvusClient) => Promise<T>): Promise<T> =>
    connection.call(request, options)

  const { value: exists } = await ask((client) => client.hasCollection({ collection_name }))
  if (exists === false) {
    await ask((client) => create(client, collection_name, form))
    created()
  }
  const found = await ask((client) => client.describeCollection({ collection_name }))
  checkFields(found, form)
  const vectors = { index_type: form.index, metric_type: METRIC, params: JSON.stringify(BUILD[form.index]) }
  await ensureIndex(collection_name, 'vector', vectors)
  if (form.terms !== undefined) await ensureIndex(collection_name, 'sparse', SPARSE)
  await ask((client) => client.loadCollectionAsync({ collection_name }))
  const until = performance.now() + limit
  for (;;) {
    const { progress } = await ask((client) => client.getLoadingProgress({ collection_name }))
    if (Number(progress) >= 100) return
    if (performance.now() > until) {
      const text = `Milvus has loaded ${progress} % of ${collection_name} within ${limit} ms.`
      throw new ProviderFailure('not_ready', text, { kind: 'unavailable', again: true })
    }
    await sleep(BETWEEN_QUESTIONS_MS)
  }

  async function ensureIndex(
    collection_name: string,
    field_name: string,
    extra_params: CreateIndexParam,
  ): Promise<void> {
    const kind = await indexKind(connection, collection_name, field_name, options)
    if (kind === extra_params.index_type) return
    if (kind !== undefined) {
      await ask((client) => client.releaseCollection({ collection_name }))
      await ask((client) => client.dropIndex({ collection_name, field_name }))
    }
    await ask((client) => client.createIndex({ collection_name, field_name, extra_params }))
  }
}

/** undefined: the field has none, or there is no such collection. */
async function indexKind(
  connection: Connection,
  collection_name: string,
  field_name: string,
  options?: { readonly limit: number },
): Promise<string | number | undefined> {
  const built = await connection
    .call((client) => client.describeIndex({ collection_name, field_name }), options)
    .catch((error: unknown) => {
      // Both are errors to the server.
      if (error instanceof ProviderFailure && MISSING.test(error.said)) return undefined
      throw error
    })
  const index = built?.index_descriptions.find((one) => one.field_name === field_name)
  return index?.params.find(({ key }) => key === 'index_type')?.value
}

const MISSING = /index not (?:exist|found)|no index|collection not (?:exist|found)|can't find collection/i

export const hasIndex = async (connection: Connection, collection: string, field: string): Promise<boolean> =>
  (await indexKind(connection, collection, field)) !== undefined

async function create(client: MilvusClient, collection_name: string, { model, dimension, terms }: CollectionForm) {
  const { DataType } = await import('@zilliz/milvus2-sdk-node')
  const ofWords = [
    { name: 'sparse', data_type: DataType.SparseFloatVector },
    { name: 'terms', data_type: DataType.VarChar, max_length: DIGEST_LENGTH },
  ]
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
      ...(terms === undefined ? [] : ofWords),
    ],
    num_partitions: PARTITIONS,
    shards_num: 1,
    // Of requests that do not say; ours do.
    consistency_level: 'Bounded',
  })
}

/** @throws AppError `not_configured` where it is not a collection of ours */
function checkFields({ schema, collection_name }: DescribeCollectionResponse, form: CollectionForm): void {
  const wanted = form.terms === undefined ? [...FIELDS] : [...FIELDS, ...FULL_TEXT_FIELDS]
  const names = schema.fields.map(({ name }) => name).sort()
  const vector = schema.fields.find(({ name }) => name === 'vector')
  const size = vector?.type_params.find(({ key }) => key === 'dim')?.value
  if (names.join() === wanted.sort().join() && Number(size) === form.dimension) return
  throw new AppError(
    'not_configured',
    `Milvus has a collection ${collection_name} that Evident did not make. Set MILVUS_COLLECTION to another name.`,
  )
}
