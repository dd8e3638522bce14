import { enableCompileCache, getCompileCacheDir } from 'node:module'

/**
 * Keeps compiled code between starts, for this thread and every one that it starts: a thread takes the folder from
 * the environment. Without it each thread loads the compiler that strips types, which costs some 10 MB and .2 s.
 */
export function shareCompileCache(): void {
  enableCompileCache()
  const folder = getCompileCacheDir()
  if (folder !== undefined) process.env.NODE_COMPILE_CACHE ??= folder
}
