/** How a hyperparameter is set: who may, when, within which bounds; declared once a parameter. */
import {
  type AccountId,
  type AnyCall,
  type BlockContext,
  type CallContext,
  call,
  ensure,
  type Immutable,
  type StorageItem,
  type Type,
  u16,
} from "../../declare/index.ts";
import { errors as subtensorErrors } from "../subtensor/errors.ts";
import { ensureAdminWindow, ownerOrRoot } from "../subtensor/ownership.ts";
import { ensureOwnerMay, type Kind, mayAgain, remember, rememberOwner } from "../subtensor/rate-limits.ts";
import { ROOT, subnetExists } from "../subtensor/subnets.ts";
import type { Hyperparameter } from "../subtensor/types.ts";
import { adminErrors } from "./errors.ts";

/** Owners are limited per hyperparameter, or by a kind of transaction. */
export type OwnerLimit = { parameter: Hyperparameter } | { kind: Kind };

interface Common<T> {
  name: string;
  index: number;
  /** The argument's name in metadata. */
  arg: string;
  type: Type<T>;
}

export interface SubnetParameter<T> extends Common<T> {
  /** The owner within the limit, or root; root alone when left out. */
  owner?: OwnerLimit | "unlimited";
  /** Not in the blocks before an epoch. Owners' changes never are; root's are unless this says so. */
  window?: boolean;
  /** False for the few that the chain takes for a subnet that does not exist. */
  exists?: boolean;
  notOnRoot?: boolean;
  check?: (context: CallContext, netuid: number, value: T, owner: AccountId | undefined) => void;
  set: (context: CallContext, netuid: number, value: T) => void;
}

export function subnetParameter<T>(spec: SubnetParameter<T>): AnyCall {
  const { name, index, arg, owner, exists = true, notOnRoot = false } = spec;
  const { window = owner !== undefined } = spec;
  return call({
    name,
    index,
    args: { netuid: u16, [arg]: spec.type },
    run(context, args) {
      const netuid = args.netuid as number;
      const value = args[arg] as T;
      const who = authorised(context, netuid, owner);
      if (window) ensureAdminWindow(context, netuid);
      if (exists) ensure(subnetExists(context, netuid), adminErrors, "SubnetDoesNotExist");
      if (notOnRoot) ensure(netuid !== ROOT, adminErrors, "NotPermittedOnRootSubnet");
      spec.check?.(context, netuid, value, who);
      spec.set(context, netuid, value);
      if (who !== undefined && owner !== undefined && owner !== "unlimited")
        noteChange(context, netuid, who, owner);
    },
  });
}

/** The owner who signs and may change it now, or undefined for root. */
function authorised(
  context: CallContext,
  netuid: number,
  owner: OwnerLimit | "unlimited" | undefined,
): AccountId | undefined {
  if (owner === undefined) {
    context.ensureRoot();
    return undefined;
  }
  const who = ownerOrRoot(context, netuid);
  if (who === undefined || owner === "unlimited") return who;
  if ("parameter" in owner) ensureOwnerMay(context, netuid, owner.parameter);
  else ensure(mayAgain(context, owner.kind, who, netuid), subtensorErrors, "TxRateLimitExceeded");
  return who;
}

function noteChange(context: CallContext, netuid: number, who: AccountId, limit: OwnerLimit): void {
  if ("parameter" in limit) rememberOwner(context, netuid, limit.parameter);
  else remember(context, limit.kind, who, netuid);
}

export interface ChainParameter<T> extends Common<T> {
  check?: (value: T) => void;
  set: (context: CallContext, value: T) => void;
}

/** One of the whole chain: only root sets it. */
export const chainParameter = <T>(spec: ChainParameter<T>): AnyCall =>
  call({
    name: spec.name,
    index: spec.index,
    args: { [spec.arg]: spec.type },
    run(context, args) {
      context.ensureRoot();
      const value = args[spec.arg] as T;
      spec.check?.(value);
      spec.set(context, value);
    },
  });

/** Writes the value and tells it by an event of the subtensor pallet. */
export const perSubnet =
  <V>(item: StorageItem<[number], V, V>, told?: string) =>
  (context: BlockContext, netuid: number, value: V): void => {
    context.state.put(item, netuid, value as Immutable<V>);
    if (told !== undefined) context.emit(subtensorEvent(told, [netuid, value]));
  };

export const global =
  <V>(item: StorageItem<[], V, V>, told?: string) =>
  (context: BlockContext, value: V): void => {
    context.state.put(item, value as Immutable<V>);
    if (told !== undefined) context.emit(subtensorEvent(told, value));
  };

const subtensorEvent = (type: string, value: unknown) => ({
  type: "SubtensorModule",
  value: { type, value },
});
