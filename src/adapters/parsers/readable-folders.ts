import { basename, dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What the parser process may read: the program and its packages. That is the folder above `src` (or `dist`) and,
 * where the program is installed as a package itself, the outermost `node_modules` around it.
 */
export const readableFolders = (): readonly string[] => {
  const here = fileURLToPath(new URL('.', import.meta.url)).replace(/[/\\]$/, '')
  const source = dirname(dirname(here))
  const root = dirname(source)
  const folders = [`${source}${sep}*`, `${root}${sep}node_modules${sep}*`, `${root}${sep}package.json`]
  let outermost: string | undefined
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    if (basename(folder) === 'node_modules') outermost = folder
  }
  return outermost === undefined ? folders : [...folders, `${outermost}${sep}*`]
}
