import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/drills/server.ts'

/** A migration as the rule allows it (docs/decisions/0014-several-instances.md), in every table that there is. */
const MIGRATION = `
export async function nextVersion(db, types) {
  for (const { name } of await db.introspection.getTables()) {
    await db.schema.alterTable(name).addColumn('next_note', types.text).execute()
    await db.schema.alterTable(name).addColumn('next_count', types.integer, (c) => c.notNull().defaultTo(0)).execute()
  }
  await db.schema.createTable('next_things').addColumn('id', types.text, (c) => c.primaryKey().notNull()).execute()
  await db.schema.createIndex('next_documents').on('documents').column('next_note').execute()
}
`

/** A checkout of a version after this one, whose tables have more columns. Gives its folder; remove it afterwards. */
export async function makeNextVersion(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-next-'))
  try {
    for (const name of await readdir(root)) {
      if (!['src', 'package.json'].includes(name)) await symlink(join(root, name), join(folder, name))
    }
    await cp(join(root, 'src'), join(folder, 'src'), { recursive: true })
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: '99.0.0' }))
    const migrations = join(folder, 'src/database/migrations')
    await writeFile(join(migrations, '9999-next-version.ts'), MIGRATION)
    const index = await readFile(join(migrations, 'index.ts'), 'utf8')
    const [before, after, ...rest] = index.split("  '0001-documents'")
    if (before === undefined || after === undefined || rest.length > 0) throw new Error('The list has another form')
    const list = `  '9999-next-version': nextVersion,\n  '0001-documents'`
    const imported = "import { nextVersion } from './9999-next-version.ts'\n"
    await writeFile(join(migrations, 'index.ts'), `${imported}${before}${list}${after}`)
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
