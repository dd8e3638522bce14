import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installCommand } from './install-command.ts'

test('an optional package is installed in the version of package.json, and without its install script', () => {
  assert.match(
    installCommand('onnxruntime-node', '@huggingface/tokenizers'),
    /^npm install --ignore-scripts onnxruntime-node@\d+\.\d+\.\d+ @huggingface\/tokenizers@\d+\.\d+\.\d+$/,
  )
})

test('what is no optional package of ours is a mistake of the caller', () => {
  assert.throws(() => installCommand('left-pad'), /left-pad/)
})
