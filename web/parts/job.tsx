import { useState } from "preact/hooks";
import type { JobView, EvidenceView as Shown } from "../../protocol/views.ts";
import { getJson } from "../api.ts";
import { clockTime, percent } from "../format.ts";
import { visible } from "../visible.ts";
import { EvidenceView } from "./evidence.tsx";
import { GuestText } from "./guest-text.tsx";
import { OutcomeTag } from "./outcomes.tsx";

/** One job; opened, it fetches and shows its evidence. */
export function Job({ job }: { job: JobView }) {
  const [evidence, setEvidence] = useState<Shown | "loading" | { error: string }>();
  const load = () => {
    if (job.evidence === null) return;
    setEvidence("loading");
    getJson<Shown>(`/api/v1/evidence/${job.evidence.sha256}`).then(setEvidence, (error: Error) =>
      setEvidence({ error: error.message }),
    );
  };
  const toggled = (event: { currentTarget: HTMLDetailsElement }) => {
    if (event.currentTarget.open && evidence === undefined) load();
  };
  return (
    <details class="job" onToggle={toggled}>
      <summary>
        <OutcomeTag name={job.outcome} />
        <span class="task">{job.task}</span>
        <span class="faint">
          {job.kind}, round {job.round}
          {job.attempt > 1 && `, attempt ${job.attempt}`}
        </span>
        <span class="number result">{job.accuracy === null ? "not judged" : percent(job.accuracy)}</span>
        <span class="faint number">{clockTime(job.at)}</span>
      </summary>
      <div class="opened">
        {typeof job.detail === "string" && <p class="guest-line">{visible(job.detail)}</p>}
        {job.detail !== null && typeof job.detail === "object" && (
          <>
            <h3>Judgement</h3>
            <GuestText text={JSON.stringify(job.detail, null, 2)} label="Judgement" />
          </>
        )}
        {job.evidence === null && <p class="faint">Nothing was observed: the attempt was given up.</p>}
        {evidence === "loading" && <p class="empty-note">Loading the evidence …</p>}
        {typeof evidence === "object" && "error" in evidence && (
          <p role="alert">
            {evidence.error}{" "}
            <button type="button" onClick={load}>
              Try again
            </button>
          </p>
        )}
        {typeof evidence === "object" && "evidence" in evidence && <EvidenceView shown={evidence} />}
      </div>
    </details>
  );
}
