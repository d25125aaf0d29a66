/** Log probabilities as servers tell them, in our form. */
import type { ChosenLogprob, TokenLogprob } from "../../protocol/model.ts";
import type { Logprobs } from "./events.ts";

const MOST_TOP = 20;

/** vLLM names tokens by text here and by id beside it: `ids`, one for each entry or none at all. */
export function chosenLogprobs(told: Logprobs, ids: readonly number[] | null = null): ChosenLogprob[] {
  const list = listed(told);
  if (ids?.length !== list.length) return list;
  return list.map((entry, at) => {
    const withId = <T extends TokenLogprob>(each: T): T => ({ ...each, token: each.token ?? ids[at]! });
    const isChosen = ({ text, logprob }: TokenLogprob) => text === entry.text && logprob === entry.logprob;
    return withId({ ...entry, top: entry.top.map((each) => (isChosen(each) ? withId(each) : each)) });
  });
}

function listed(told: Logprobs): ChosenLogprob[] {
  if ("content" in told) {
    return (told.content ?? []).map((entry) => ({
      ...named(entry),
      top: entry.top_logprobs.slice(0, MOST_TOP).map(named),
    }));
  }
  return told.tokens.map((text, at) => ({
    ...named({ token: text, logprob: told.token_logprobs[at] ?? -9_999 }),
    top: Object.entries(told.top_logprobs?.[at] ?? {})
      .map(([token, logprob]) => named({ token, logprob }))
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, MOST_TOP),
  }));
}

function named({
  id,
  token,
  logprob,
}: {
  id?: number | undefined;
  token: string;
  logprob: number;
}): TokenLogprob {
  // vLLM, when it is asked for ids.
  const numbered = /^token_id:(\d{1,9})$/.exec(token)?.[1];
  if (numbered !== undefined) return { token: Number(numbered), logprob };
  return { token: id ?? null, text: token, logprob };
}
