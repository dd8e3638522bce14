// Preloaded (--import): finds node-llama-cpp in the folder that NODE_LLAMA_CPP_FOLDER names, in threads as well.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.env['NODE_LLAMA_CPP_FOLDER']
if (folder === undefined) throw new Error('NODE_LLAMA_CPP_FOLDER must name the folder that the package is installed in')
const parentURL = pathToFileURL(join(folder, 'package.json')).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node-llama-cpp' ? next(specifier, { ...context, parentURL }) : next(specifier, context),
})
