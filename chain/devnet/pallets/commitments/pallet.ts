import { call, constant, type Pallet, u16, u32, u64 } from "../../declare/index.ts";
import { MAX_FIELDS, setCommitment } from "./commit.ts";
import { commitmentsErrors } from "./errors.ts";
import { commitmentsEvents } from "./events.ts";
import { commitmentsStorage, MaxSpace } from "./storage.ts";
import { commitmentInfo } from "./types.ts";

export const commitmentsPallet: Pallet = {
  name: "Commitments",
  index: 18,
  storage: commitmentsStorage,
  calls: {
    path: "pallet_commitments::pallet::Call",
    calls: [
      call({
        name: "set_commitment",
        index: 0,
        args: { netuid: u16, info: commitmentInfo },
        pays: false,
        run: (context, { netuid, info }) => setCommitment(context, netuid, info.fields),
      }),
      call({
        name: "set_max_space",
        index: 2,
        args: { new_limit: u32 },
        run(context, { new_limit }) {
          context.ensureRoot();
          context.state.put(MaxSpace, new_limit);
        },
      }),
    ],
  },
  events: commitmentsEvents,
  errors: commitmentsErrors,
  constants: [
    constant("MaxFields", u32, MAX_FIELDS),
    constant("InitialDeposit", u64, 0n),
    constant("FieldDeposit", u64, 0n),
  ],
  simplifications: [],
};
