/**
 * The URL of another module of this tree, for what cannot be a static import: a thread's entry file, a child
 * process, a module that a thread loads by itself. Sources run as `.ts`; the package that `npm pack` makes holds
 * the same tree as `.js`. So the other module has the extension of the module that asks.
 *
 * @param from `import.meta.url` of the module that asks
 * @param path relative and without an extension, for example `./thread`
 */
export function siblingModule(from: string, path: `./${string}` | `../${string}`): URL {
  const extension = from.endsWith('.ts') ? '.ts' : '.js'
  return new URL(path + extension, from)
}
