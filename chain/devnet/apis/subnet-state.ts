/** A subnet's neurons in columns, as `get_subnet_state` tells them. */
import { accountId, vec } from "../declare/index.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { netuidsOf } from "../pallets/subtensor/subnets.ts";
import { c16, c64, field, readAll, structOf, type View } from "./field.ts";
import { neuronColumns, neuronKeys } from "./shared-fields.ts";

const FIELDS = {
  netuid: field(c16, ({ netuid }) => netuid),
  ...neuronKeys,
  ...neuronColumns,
  // By subnet, then by hotkey; the chain no longer fills it either.
  emission_history: field(vec(vec(c64)), ({ at, hotkeys }) =>
    netuidsOf(at).map((netuid) =>
      hotkeys.map((hotkey) => at.state.get(S.LastHotkeyEmissionOnNetuid, hotkey, netuid)),
    ),
  ),
};

export const subnetState = structOf(
  "pallet_subtensor::rpc_info::show_subnet::SubnetState",
  FIELDS,
  accountId,
);
export const readSubnetState = (view: View) => readAll(FIELDS, view);
