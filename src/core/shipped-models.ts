/** The embedding models that come with the package, each a folder of `models/`; the first is the one to begin with. */
export const SHIPPED_MODELS = ['bge-small-en-v1.5', 'multilingual-e5-small'] as const
