/** What answered: the card of a model, or what a server says of itself. Kept with the answer, so that a replay names it as well. */
import { z } from "zod";
import { digest } from "../../protocol/canonical.ts";
import { ModelCard } from "../../protocol/model.ts";
import { AnsweredBy } from "../../protocol/tools.ts";

/** With the card itself, where there is one. */
export const Answering = AnsweredBy.omit({ card: true }).extend({ card: ModelCard.optional() });
export type Answering = z.infer<typeof Answering>;

/** Cards that one session shows: a model that is replaced again and again must not make its receipts large. */
export const MAX_CARDS = 64;
export const ModelCards = z.array(ModelCard).max(MAX_CARDS);

/** Back ends that ask a server are named so: what their cards say is the operator's word. */
const HOSTED = "openai";

export const answeringModel = (card: ModelCard): Answering => ({
  source: card.backend.startsWith(HOSTED) ? "server" : "weights",
  model: card.id,
  card,
});

/** As it stands on a receipt. */
export const answeredBy = ({ card, ...said }: Answering): AnsweredBy =>
  card === undefined ? said : { ...said, card: digest(card) };
