import { provisionWasmtime } from "../provision/isolates.ts";
import { attackSuite } from "./suite.ts";
import { ownUid } from "./uid.ts";

await attackSuite("wasmtime", async () => {
  const uid = ownUid();
  const another = () => provisionWasmtime({ uid });
  return { backend: await another(), another, uid };
});
