/** Names of the back ends, apart from their code: an option's help needs the names only. */
export const BACKENDS = ["auto", "wasmtime", "docker", "process"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** How Python starts in Wasmtime: from the stored state of an interpreter that is ready, or anew for every case. */
export const PYTHON_BUILDS = ["frozen", "plain"] as const;
export type PythonBuild = (typeof PYTHON_BUILDS)[number];
