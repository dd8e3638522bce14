/**
 * The larger tests have some minutes in CI. Where a set takes more than its share of them, a test reads the same sample of it
 * each time, by the same code and with bars of its own; `npm run verify -- test:large` reads every set whole.
 */
export const WHOLE = process.env['EVIDENT_WHOLE'] === '1'

/** Every so many of a set: all of them where everything is to be read. */
export const oneIn = (many: number): number => (WHOLE ? 1 : many)
