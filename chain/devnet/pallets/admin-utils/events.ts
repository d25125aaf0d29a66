import { bool, eventsOf, u16, variant } from "../../declare/index.ts";
import { u64f64 } from "../fixed-types.ts";

const precompile = variant("pallet_admin_utils::pallet::PrecompileEnum", {
  BalanceTransfer: [0],
  Staking: [1],
  Subnet: [2],
  Metagraph: [3],
  Neuron: [4],
  UidLookup: [5],
  Alpha: [6],
  Crowdloan: [7],
  Proxy: [8],
  Leasing: [9],
  AddressMapping: [10],
  VotingPower: [11],
});

export const adminEvents = eventsOf("AdminUtils", "pallet_admin_utils::pallet::Event", {
  PrecompileUpdated: [0, { precompile_id: precompile, enabled: bool }],
  Yuma3EnableToggled: [1, { netuid: u16, enabled: bool }],
  BondsResetToggled: [2, { netuid: u16, enabled: bool }],
  BurnHalfLifeSet: [3, { netuid: u16, burn_half_life: u16 }],
  BurnIncreaseMultSet: [4, { netuid: u16, burn_increase_mult: u64f64 }],
  SubnetEmissionEnabledSet: [5, { netuid: u16, enabled: bool }],
});
