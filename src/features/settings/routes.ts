import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import type { App } from '../../http/app.ts'
import type { SystemPrompts } from './system-prompt.ts'

const MAX_CHARACTERS = 2000

const sent = z.object({
  system_prompt: z
    .string()
    .overwrite(canonicalText)
    .max(MAX_CHARACTERS)
    .refine((prompt) => prompt.trim() !== '', 'must not be empty: DELETE removes the prompt'),
})
const stored = z.object({
  message: z.string(),
  system_prompt: z.string(),
  updated_at: z.string(),
  character_count: z.number().int(),
})
const shown = z.object({
  system_prompt: z.string(),
  updated_at: z.string().nullable(),
  has_custom_prompt: z.boolean(),
  character_count: z.number().int(),
})

export function settingRoutes(app: App, { systemPrompts }: { systemPrompts: SystemPrompts }): void {
  const tags = ['Settings']
  const config = { access: 'user' } as const
  const path = '/api/v1/settings/system-prompt'

  app.put(
    path,
    { config, schema: { tags, summary: 'Set your system prompt', body: sent, response: { 200: stored } } },
    async (request) => {
      const { value, updatedAt } = await systemPrompts.set(request.caller.userId, request.body.system_prompt)
      return {
        message: 'Your system prompt is set.',
        system_prompt: value,
        updated_at: updatedAt,
        character_count: value.length,
      }
    },
  )

  app.get(
    path,
    { config, schema: { tags, summary: 'Your system prompt', response: { 200: shown } } },
    async (request) => {
      const found = await systemPrompts.get(request.caller.userId)
      return {
        system_prompt: found?.value ?? '',
        updated_at: found?.updatedAt ?? null,
        has_custom_prompt: found !== undefined,
        character_count: found?.value.length ?? 0,
      }
    },
  )

  app.delete(
    path,
    {
      config,
      schema: { tags, summary: 'Remove your system prompt', response: { 200: z.object({ message: z.string() }) } },
    },
    async (request) => {
      const removed = await systemPrompts.remove(request.caller.userId)
      return { message: removed ? 'Your system prompt is removed.' : 'You had no system prompt.' }
    },
  )
}
