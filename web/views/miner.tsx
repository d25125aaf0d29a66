import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../../protocol/outcome.ts";
import type { JobView, MinerPage } from "../../protocol/views.ts";
import { getJson } from "../api.ts";
import { counted, minerName, percent } from "../format.ts";
import { Job } from "../parts/job.tsx";
import { OUTCOMES, OutcomeBar, OutcomeLegend } from "../parts/outcomes.tsx";
import { useShown } from "../parts/show-more.tsx";
import { Tile } from "../parts/tile.tsx";
import { snapshot } from "../state.ts";

const JOBS = 25;

/** One miner: its standing, and each of its latest jobs with what was observed. */
export function MinerView({ uid }: { uid: number }) {
  const [page, setPage] = useState<MinerPage>();
  const [error, setError] = useState<string>();
  // What the live snapshot says of it tells when there is something new to fetch.
  const live = snapshot.value?.miners.find((miner) => miner.uid === uid);
  const round = snapshot.value?.overview.round;
  const changed = `${live?.hotkey}/${live?.jobs}/${live?.open?.jobs}/${round?.round}/${round?.closedAt}`;
  useEffect(() => {
    const stop = new AbortController();
    getJson<MinerPage>(`/api/v1/miners/${uid}`, stop.signal).then(
      (answer) => {
        setPage(answer);
        setError(undefined);
      },
      (failed: Error) => {
        if (!stop.signal.aborted) setError(failed.message);
      },
    );
    return () => stop.abort();
  }, [uid, changed]);

  return (
    <>
      <p>
        <a href="#/">← Overview</a>
      </p>
      {error !== undefined && (
        <section aria-labelledby="failed">
          <h2 id="failed">This miner cannot be shown</h2>
          <p role="alert">{error}</p>
        </section>
      )}
      {page !== undefined && <Page miner={live ?? page.miner} jobs={page.jobs} />}
      {page === undefined && error === undefined && <p class="empty-note">Loading …</p>}
    </>
  );
}

function Page({ miner, jobs }: MinerPage) {
  return (
    <>
      <h1>
        {minerName(miner)} <span class="faint">uid {miner.uid}</span>
      </h1>
      <p class="faint">
        <code class="hotkey">{miner.hotkey}</code>
        {miner.presence === "absent" && " Handed in nothing for the latest round, or could not be reached."}
        {miner.presence === "gone" && " Not registered any more."}
      </p>
      <div class="tiles">
        <Tile name="Accuracy" value={miner.rounds === 0 ? "–" : percent(miner.accuracy)}>
          {counted(miner.jobs, "job")} judged
        </Tile>
        <Tile name="Reward" value={miner.rounds === 0 ? "–" : miner.reward.toFixed(3)}>
          {counted(miner.rounds, "round")}
        </Tile>
        <Tile name="Weight" value={percent(miner.weight)}>
          of the last set
        </Tile>
        <Tile name="This round" value={miner.open === null ? "–" : percent(miner.open.accuracy)}>
          {miner.open === null
            ? "nothing judged in an open round"
            : `${counted(miner.open.jobs, "job")} so far`}
        </Tile>
      </div>
      <section aria-labelledby="outcomes">
        <h2 id="outcomes">Outcomes</h2>
        {Object.keys(miner.outcomes).length === 0 ? (
          <p class="empty-note">Its jobs are counted when their round closes.</p>
        ) : (
          <>
            <OutcomeBar outcomes={miner.outcomes} />
            <OutcomeLegend outcomes={miner.outcomes} />
          </>
        )}
      </section>
      <section aria-labelledby="jobs">
        <h2 id="jobs">Latest jobs</h2>
        <Jobs jobs={jobs} />
      </section>
    </>
  );
}

function Jobs({ jobs }: { jobs: readonly JobView[] }) {
  const [wanted, setWanted] = useState<Outcome | "all">("all");
  const found = wanted === "all" ? jobs : jobs.filter(({ outcome }) => outcome === wanted);
  const { shown, more } = useShown(found, JOBS);
  if (jobs.length === 0) return <p class="empty-note">No job has ended yet.</p>;
  const present = Object.keys(OUTCOMES).filter((name) => jobs.some(({ outcome }) => outcome === name));
  return (
    <>
      {present.length > 1 && (
        <p>
          <label>
            Outcome{" "}
            <select
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value as Outcome | "all")}
            >
              {["all", ...present].map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>{" "}
          <span class="faint">
            {found.length} of the latest {jobs.length}
          </span>
        </p>
      )}
      {shown.map((job) => (
        <Job key={`${job.round}/${job.task}/${job.submission}/${job.attempt}`} job={job} />
      ))}
      {more}
    </>
  );
}
