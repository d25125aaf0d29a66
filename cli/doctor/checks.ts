/** Everything that the doctor looks at, in the order in which it tells. */
import { chain } from "./chain.ts";
import type { Check } from "./check.ts";
import { clockSkew } from "./clock-skew.ts";
import { dataFolder } from "./data-folder.ts";
import { docker } from "./docker.ts";
import { genesis } from "./genesis.ts";
import { hotkey } from "./hotkey.ts";
import { httpAddress } from "./http-address.ts";
import { isolates } from "./isolates.ts";
import { judgeModel } from "./judge-model.ts";
import { ledger } from "./ledger.ts";
import { models } from "./models.ts";
import { nats } from "./nats.ts";
import { tools } from "./tools.ts";

export const CHECKS: readonly Check[] = [
  dataFolder,
  httpAddress,
  clockSkew,
  nats,
  hotkey,
  genesis,
  chain,
  ledger,
  isolates,
  docker,
  tools,
  models,
  judgeModel,
];
