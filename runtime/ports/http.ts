/** HTTP as a port: `fetch`, whatever it is made of. */
export type Http = (url: string, init: RequestInit) => Promise<Response>;

export const createHttp = (): Http => (url, init) => fetch(url, init);
