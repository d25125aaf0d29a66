import type { ModelView } from "../../protocol/views.ts";
import { bytes, count } from "../format.ts";
import { visible } from "../visible.ts";
import { useShown } from "./show-more.tsx";

const CARDS = 25;

/** What each model is, exactly enough to tell it from any other: as evidence has it. */
export function ModelCards({ models }: { models: readonly ModelView[] }) {
  const cards = [...new Map(models.map(({ card }) => [`${card.id} ${card.weights} ${card.device}`, card]))];
  const { shown, more } = useShown(cards, CARDS);
  return (
    <>
      {shown.map(([key, card]) => (
        <details key={key} class="job">
          <summary>
            <span class="task">{visible(card.id)}</span>
            <span class="faint result">
              {(card.parameters ?? 0) === 0 ? "" : `${amount(card.parameters ?? 0)} parameters, `}
              {amount(card.contextLength)} tokens
            </span>
          </summary>
          <div class="opened">
            <p>{visible(card.summary)}</p>
            <Facts card={card} />
          </div>
        </details>
      ))}
      {more}
    </>
  );
}

function Facts({ card }: { card: ModelView["card"] }) {
  const { fixedBytes, bytesPerToken } = card.state;
  const can = Object.entries(card.can).filter(([, able]) => able);
  const facts: [string, string][] = [
    ["Architecture", card.architecture],
    ["Revision", card.revision],
    ["Licence", card.licence],
    ["Weights", card.weights ?? "not told: they are not here"],
    ["Tokenizer", card.tokenizer ?? "not told"],
    ["Numbers", card.dtype],
    ["Back end", `${card.backend} on ${card.device}`],
    [
      "Versions",
      Object.entries(card.versions)
        .map((pair) => pair.join(" "))
        .join(", "),
    ],
    ["Memory of an answer", `${bytes(fixedBytes)} and ${count(bytesPerToken)} B a token`],
    ["Besides texts", can.map(([name]) => ABILITIES[name as keyof typeof ABILITIES]).join(", ")],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt class="faint">{name}</dt>
            <dd>{visible(value)}</dd>
          </div>
        ))}
    </dl>
  );
}

const ABILITIES = {
  embed: "embeddings",
  score: "probabilities of a given text",
  snapshot: "its state as a blob",
  tools: "tool calls",
} as const satisfies Record<keyof ModelView["card"]["can"], string>;

/** 135 M, 2.1 M, 8 k. */
const amount = (value: number): string =>
  Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: value < 10_000_000 ? 1 : 0 }).format(
    value,
  );
