/**
 * As the standard's `fetch`, but to one configured service and nowhere else: the door out (src/egress) makes one for each.
 * Redirects are not followed.
 */
export type ServiceFetch = (address: string, init?: RequestInit) => Promise<Response>
