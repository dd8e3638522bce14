/** Keeps a part that has to be closed with the service. */
export type Opened = <T extends { close(): Promise<void> }>(part: T) => T
