import type * as Jose from 'jose'

let loading: Promise<typeof Jose> | undefined

/** What signs and checks tokens, loaded with the first of them: no start needs it. */
export const loadJose = (): Promise<typeof Jose> => (loading ??= import('jose'))
