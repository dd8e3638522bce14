// The fields of shared/spec/http-api.md, written from its tables and not from the code: each must be there with its
// type; more may be.
import { z } from 'zod'

export const text = z.string()
export const whole = z.number().int()
export const number = z.number()
export const flag = z.boolean()
export const score = z.number().min(0).max(1)
export const time = z.iso.datetime({ offset: true })
export const object = z.record(text, z.unknown())

export const problem = z.looseObject({
  detail: text.min(1),
  code: text.regex(/^[a-z_]+$/),
  request_id: text.min(1),
  errors: z.array(z.looseObject({ path: text, message: text })).optional(),
})

export const message = z.looseObject({ message: text.min(1) })
