import type { Reader, Tx } from './database.ts'

/**
 * Which embedding model the documents are searched with, by the name that settings give it; it is read before there is an
 * embedder. Undefined where none has been noted.
 */
export async function activeModel(read: Reader | Tx): Promise<string | undefined> {
  return modelAs(read, 'active')
}

/** The model whose vectors are being made beside those of the active one. */
export async function nextModel(read: Reader | Tx): Promise<string | undefined> {
  return modelAs(read, 'next')
}

async function modelAs(read: Reader | Tx, role: 'active' | 'next'): Promise<string | undefined> {
  const row = await read.selectFrom('embedding_models').select('name').where('role', '=', role).executeTakeFirst()
  return row?.name
}

/** From now on a start that names no model takes this one. It is not the next one any more. */
export async function setActiveModel(tx: Tx, name: string): Promise<void> {
  await put(tx, 'active', name)
  await tx.deleteFrom('embedding_models').where('role', '=', 'next').where('name', '=', name).execute()
}

/** @param name undefined: no other model is to be prepared */
export async function setNextModel(tx: Tx, name: string | undefined): Promise<void> {
  if (name === undefined) await tx.deleteFrom('embedding_models').where('role', '=', 'next').execute()
  else await put(tx, 'next', name)
}

const put = (tx: Tx, role: 'active' | 'next', name: string) =>
  tx
    .insertInto('embedding_models')
    .values({ role, name })
    .onConflict((conflict) => conflict.column('role').doUpdateSet({ name }))
    .execute()
