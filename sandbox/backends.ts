/** Names of the back ends, apart from their code: an option's help needs the names only. */
export const BACKENDS = ["auto", "wasmtime", "docker", "process"] as const;
export type BackendName = (typeof BACKENDS)[number];
