import { useState } from "preact/hooks";
import type { Evidence } from "../../protocol/evidence.ts";
import type { JobView } from "../../protocol/views.ts";
import { clockTime, percent } from "../format.ts";
import { type OutcomeName, OutcomeTag } from "./outcomes.tsx";

/** One job; opened, it fetches and shows its evidence. Guest text is text: Preact escapes it. */
export function Job({ job }: { job: JobView }) {
  const [evidence, setEvidence] = useState<Evidence | string>();
  const open = (event: { currentTarget: HTMLDetailsElement }) => {
    if (!event.currentTarget.open || evidence !== undefined || job.evidence === null) return;
    fetch(`/api/v1/evidence/${job.evidence.sha256}`)
      .then(async (answer) =>
        setEvidence(answer.ok ? ((await answer.json()) as Evidence) : "The evidence is gone."),
      )
      .catch((error: unknown) => setEvidence(`The gateway does not answer: ${error}`));
  };
  return (
    <details class="job" onToggle={open}>
      <summary>
        <OutcomeTag name={job.outcome as OutcomeName} />
        <span>{job.task}</span>
        <span class="faint">round {job.round}</span>
        <span class="number">{job.accuracy === null ? "not judged" : percent(job.accuracy)}</span>
        <span class="faint number">{clockTime(job.at)}</span>
      </summary>
      {job.detail !== null && <pre>{JSON.stringify(job.detail, null, 2)}</pre>}
      {job.evidence === null && <p class="faint">Nothing was observed: the attempt was given up.</p>}
      {typeof evidence === "string" && <p>{evidence}</p>}
      {typeof evidence === "object" && <EvidenceView evidence={evidence} />}
    </details>
  );
}

function EvidenceView({ evidence }: { evidence: Evidence }) {
  const { observed } = evidence;
  if (observed.type === "answer") {
    const text = observed.content
      .map((part) => (part.type === "text" ? part.text : `[${part.type}]`))
      .join("");
    return (
      <>
        <p class="faint">
          Answered in {Math.round(observed.usage.totalMs)} ms, {observed.usage.chunks} chunks,{" "}
          {observed.usage.bytes} bytes.
          {observed.detail}
        </p>
        <pre>{text === "" ? "(no answer)" : text}</pre>
      </>
    );
  }
  const { isolate, cases } = observed.run;
  return (
    <>
      <p class="faint">
        {isolate.backend} ({isolate.engine}), module <code>{isolate.digest.slice(0, 16)}</code>, on{" "}
        {evidence.node}
      </p>
      {cases.map((result, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a case is its place in the list.
        <div class="case" key={index}>
          <p>
            Case {index + 1}: <strong>{result.outcome}</strong>{" "}
            <span class="faint">
              {Math.round(result.usage.wallMs)} ms
              {result.usage.fuel !== null && `, ${(result.usage.fuel / 1e6).toFixed(0)} M fuel`}
            </span>
          </p>
          {result.detail !== undefined && <pre>{result.detail}</pre>}
          {result.output !== undefined && <pre>{JSON.stringify(result.output, null, 1)}</pre>}
          {result.stdout !== "" && (
            <>
              <p class="faint">standard output</p>
              <pre>{result.stdout}</pre>
            </>
          )}
        </div>
      ))}
    </>
  );
}
