import { useEffect, useState } from "preact/hooks";
import type { MinerPage } from "../../protocol/views.ts";
import { percent } from "../format.ts";
import { Job } from "../parts/job.tsx";
import { OutcomeBar, OutcomeLegend } from "../parts/outcomes.tsx";
import { snapshot } from "../state.ts";

/** One miner: its standing, and each of its latest jobs with what was observed. */
export function MinerView({ uid }: { uid: number }) {
  const [page, setPage] = useState<MinerPage | string>();
  // The ledger's head tells when there is something new to fetch.
  const head = snapshot.value?.overview.ledger.head;
  useEffect(() => {
    const stop = new AbortController();
    fetch(`/api/v1/miners/${uid}`, { signal: stop.signal })
      .then(async (answer) =>
        setPage(answer.ok ? ((await answer.json()) as MinerPage) : `No miner has uid ${uid}.`),
      )
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setPage(`The gateway does not answer: ${error}`);
      });
    return () => stop.abort();
  }, [uid, head]);

  if (page === undefined) return <p class="empty-note">Loading …</p>;
  if (typeof page === "string") {
    return (
      <p class="empty-note">
        {page} <a href="#/">Back to the overview</a>
      </p>
    );
  }
  const { miner, jobs } = page;
  return (
    <>
      <p>
        <a href="#/">← Overview</a>
      </p>
      <h1>
        {miner.name ?? `Miner ${miner.uid}`} <span class="faint">uid {miner.uid}</span>
      </h1>
      <p class="faint">
        <code class="hotkey">{miner.hotkey}</code>
      </p>
      <section class="tiles">
        <div class="tile">
          <span class="faint">Accuracy</span>
          <strong>{percent(miner.accuracy)}</strong>
          <span class="faint">{miner.jobs} jobs</span>
        </div>
        <div class="tile">
          <span class="faint">Reward</span>
          <strong>{miner.reward.toFixed(3)}</strong>
          <span class="faint">{miner.rounds} rounds</span>
        </div>
        <div class="tile">
          <span class="faint">Weight</span>
          <strong>{percent(miner.weight)}</strong>
          <span class="faint">of the last set</span>
        </div>
      </section>
      <section>
        <h2>Outcomes</h2>
        <OutcomeBar outcomes={miner.outcomes} />
        <OutcomeLegend outcomes={miner.outcomes} />
      </section>
      <section>
        <h2>Latest jobs</h2>
        {jobs.length === 0 && <p class="empty-note">No job has concluded yet.</p>}
        {jobs.map((job) => (
          <Job key={`${job.round}/${job.task}/${job.submission}/${job.attempt}`} job={job} />
        ))}
      </section>
    </>
  );
}
