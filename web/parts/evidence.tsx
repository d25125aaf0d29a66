import type { ContentPart } from "../../protocol/content.ts";
import type { AnswerEvidence, Evidence } from "../../protocol/evidence.ts";
import type { InferenceEvidence } from "../../protocol/inference/evidence.ts";
import { meansOf } from "../../protocol/inference/verdict.ts";
import type { CaseResult } from "../../protocol/isolate.ts";
import type { EvidenceView as Shown } from "../../protocol/views.ts";
import { bytes, count } from "../format.ts";
import { visible } from "../visible.ts";
import { ClaimsChart } from "./claims-chart.tsx";
import { GuestText } from "./guest-text.tsx";
import { useShown } from "./show-more.tsx";

const CASES_SHOWN = 10;

/** What was observed when a job ran, exactly as it was judged; guest text is only ever text. */
export function EvidenceView({ shown: { evidence, sha256, clipped } }: { shown: Shown }) {
  const { observed, node } = evidence;
  return (
    <>
      <h3>Evidence</h3>
      {observed.type === "answer" && <Answer observed={observed} />}
      {observed.type === "inference" && <Challenged observed={observed} />}
      {observed.type === "program" && <Run observed={observed} />}
      <p class="faint">
        Observed by {visible(node)}; digest <code>{sha256.slice(0, 16)}</code>.
        {clipped && " Long texts and lists are shortened here; what was judged is whole."}
      </p>
    </>
  );
}

const partText = (part: ContentPart): string =>
  part.type === "text" ? part.text : `[${part.type}, ${bytes(part.blob.size)}]`;

function Answer({ observed }: { observed: AnswerEvidence }) {
  const { usage, content, detail } = observed;
  const text = content.map(partText).join("");
  return (
    <>
      <p class="faint">
        Answered in {count(Math.round(usage.totalMs))} ms
        {usage.firstTokenMs !== null && `, first part after ${count(Math.round(usage.firstTokenMs))} ms`};{" "}
        {count(usage.chunks)} chunks, {count(usage.bytes)} bytes.
      </p>
      {detail !== undefined && <p class="guest-line">{visible(detail)}</p>}
      {text === "" ? <p class="faint">There is no answer.</p> : <GuestText text={text} label="Answer" />}
    </>
  );
}

function Challenged({ observed }: { observed: InferenceEvidence }) {
  const { own, claimed, checked, detail, promptTokens } = observed;
  const [first, all] = [sum(observed.firstTokenMs), sum(observed.stepMs)];
  const { deviation, regret } = meansOf(checked);
  return (
    <>
      <p class="faint">
        {visible(observed.model)} was asked in {count(observed.stepMs.length)} steps after{" "}
        {count(promptTokens)} tokens: first tokens came after {count(Math.round(first))} ms, all after{" "}
        {count(Math.round(all))} ms together.
      </p>
      {detail !== undefined && <p class="guest-line">{visible(detail)}</p>}
      {checked.length > 0 && (
        <>
          <p>
            {count(checked.length)} claims checked: deviation {deviation.toFixed(4)}, regret{" "}
            {regret.toFixed(4)} nats.
          </p>
          <ClaimsChart checked={checked} />
        </>
      )}
      <p class="faint">
        The miner says it runs {claimed === null ? "nothing that is known" : <Card card={claimed} />}
        {own !== null && (
          <>
            ; judged with <Card card={own} />
          </>
        )}
        .
      </p>
    </>
  );
}

const Card = ({ card }: { card: NonNullable<InferenceEvidence["own"]> }) => (
  <>
    {visible(card.id)} ({visible(card.backend)}, {visible(card.dtype)}
    {card.weights !== null && (
      <>
        , weights <code>{card.weights.slice(0, 12)}</code>
      </>
    )}
    )
  </>
);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function Run({ observed }: { observed: Extract<Evidence["observed"], { type: "program" }> }) {
  const { isolate, cases } = observed.run;
  const { shown, more } = useShown(cases, CASES_SHOWN);
  return (
    <>
      <p class="faint">
        {isolate.runtime} in {isolate.backend} ({isolate.engine}), module{" "}
        <code>{isolate.digest.slice(0, 16)}</code>
      </p>
      <ol class="cases">
        {shown.map((result, index) => (
          <Case key={index} result={result} number={index + 1} />
        ))}
      </ol>
      {more}
    </>
  );
}

function Case({ result, number }: { result: CaseResult; number: number }) {
  const { outcome, usage, detail, output, stdout, stderr } = result;
  return (
    <li class="case">
      <p>
        Case {number}: <strong>{outcome}</strong>{" "}
        <span class="faint">
          {count(Math.round(usage.wallMs))} ms
          {usage.fuel !== null && `, ${count(Math.round(usage.fuel / 1e6))} M fuel`}
        </span>
      </p>
      {detail !== undefined && <p class="guest-line">{visible(detail)}</p>}
      {output !== undefined && <Labelled name="Returned" text={JSON.stringify(output)} number={number} />}
      {stdout !== "" && <Labelled name="Standard output" text={stdout} number={number} />}
      {stderr !== "" && <Labelled name="Standard error" text={stderr} number={number} />}
    </li>
  );
}

function Labelled({ name, text, number }: { name: string; text: string; number: number }) {
  return (
    <>
      <p class="faint">{name}</p>
      <GuestText text={text} label={`${name} of case ${number}`} />
    </>
  );
}
