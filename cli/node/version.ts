import manifest from "../../package.json" with { type: "json" };

/** Version of this Orrery, as nodes report it. */
export const VERSION: string = manifest.version;
