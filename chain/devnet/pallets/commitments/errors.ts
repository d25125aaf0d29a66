import { errorsOf } from "../../declare/index.ts";

export const commitmentsErrors = errorsOf("Commitments", 18, "pallet_commitments::pallet::Error", {
  TooManyFieldsInCommitmentInfo: 0,
  AccountNotAllowedCommit: 1,
  SpaceLimitExceeded: 2,
  UnexpectedUnreserveLeftover: 3,
});
