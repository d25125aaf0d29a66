import { errorsOf } from "../../declare/index.ts";

export const adminErrors = errorsOf("AdminUtils", 19, "pallet_admin_utils::pallet::Error", {
  SubnetDoesNotExist: 0,
  MaxValidatorsLargerThanMaxUIds: 1,
  MaxAllowedUIdsLessThanCurrentUIds: 2,
  BondsMovingAverageMaxReached: 3,
  NegativeSigmoidSteepness: 4,
  ValueNotInBounds: 5,
  MinAllowedUidsGreaterThanCurrentUids: 6,
  MinAllowedUidsGreaterThanMaxAllowedUids: 7,
  MaxAllowedUidsLessThanMinAllowedUids: 8,
  MaxAllowedUidsGreaterThanDefaultMaxAllowedUids: 9,
  InvalidValue: 10,
  NotPermittedOnRootSubnet: 11,
  POWRegistrationDisabled: 12,
  Deprecated: 13,
});
