import { memoryHarness } from "../test/contract/memory-harness.ts";
import { servicesContract } from "../test/contract/services.ts";

servicesContract("memory", memoryHarness);
