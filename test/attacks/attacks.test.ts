import { provisionWasmtime } from "../provision/isolates.ts";
import { attackSuite } from "./suite.ts";

attackSuite("wasmtime", async () => ({ backend: await provisionWasmtime() }));
