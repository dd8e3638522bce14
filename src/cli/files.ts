import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface FoundFile {
  readonly path: string
  /** Why it cannot be read, instead of a file. */
  readonly problem?: string
}

/**
 * The files that the paths name, folders walked in the order of their names. Hidden entries (a dot first) and links
 * to folders are left out, unless a path names them itself; a file that two paths name comes once.
 */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const path of paths) {
    for await (const file of walk(path)) if (!found.has(file.path)) found.set(file.path, file)
  }
  return [...found.values()]
}

async function* walk(path: string): AsyncGenerator<FoundFile> {
  try {
    const info = await stat(path)
    if (info.isFile()) yield { path }
    else if (info.isDirectory()) yield* walkFolder(path)
    else yield { path, problem: 'It is neither a file nor a folder.' }
  } catch (error) {
    yield { path, problem: whyUnreadable(error) }
  }
}

async function* walkFolder(folder: string): AsyncGenerator<FoundFile> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (basename(entry.name).startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory() || entry.isFile()) yield* walk(path)
    else if (entry.isSymbolicLink()) yield* walkLink(path)
  }
}

/** A link may lead back up: only to files is it followed. */
async function* walkLink(path: string): AsyncGenerator<FoundFile> {
  try {
    if ((await stat(path)).isFile()) yield { path }
  } catch (error) {
    yield { path, problem: whyUnreadable(error) }
  }
}

export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'There is no such file or folder.'
  if (code === 'EACCES' || code === 'EPERM') return 'It may not be read: permission denied.'
  return `It cannot be read (${typeof code === 'string' ? code : String(error)}).`
}
