import type { ModelView } from "../../protocol/views.ts";
import { count, counted, duration, rate } from "../format.ts";
import { ModelCards } from "../parts/model-cards.tsx";
import { Models, rateNow, serves } from "../parts/models.tsx";
import { Tile } from "../parts/tile.tsx";
import { TokensChart } from "../parts/tokens-chart.tsx";
import { snapshot } from "../state.ts";

/** The models that this network serves: how much they give, who is busy, and what they are. */
export function ModelsView() {
  const shown = snapshot.value;
  if (shown === undefined) return <p class="empty-note">Waiting for the gateway …</p>;
  const { models, overview } = shown;
  const { at } = overview;
  return (
    <>
      <h1>Models</h1>
      {models.length === 0 ? <HowToServe /> : <Served models={models} at={at} />}
    </>
  );
}

function Served({ models, at }: { models: readonly ModelView[]; at: number }) {
  const here = models.filter((model) => serves(model, at));
  const sum = (of: (model: ModelView) => number): number => here.reduce((total, each) => total + of(each), 0);
  const waiting = sum((model) => model.waiting);
  const firsts = here.flatMap(({ work }) => work?.firstTokenMs ?? []);
  return (
    <>
      <div class="tiles">
        <Tile name="Models served" value={count(new Set(here.map(({ card }) => card.id)).size)}>
          {counted(here.length, "actor")} in all
        </Tile>
        <Tile name="Tokens a second" value={rate(sum(rateNow))}>
          given just now
        </Tile>
        <Tile name="Answers in work" value={count(sum((model) => model.running))}>
          {waiting > 0 ? `${count(waiting)} more wait` : `of ${count(sum((model) => model.slots))} at a time`}
        </Tile>
        <Tile
          name="First token"
          value={firsts.length === 0 ? "–" : duration(Math.max(...firsts.map(({ p50 }) => p50)))}
        >
          median of the slowest actor
        </Tile>
      </div>
      <section aria-labelledby="tokens">
        <h2 id="tokens">Tokens a second</h2>
        <TokensChart models={models} />
      </section>
      <section aria-labelledby="actors">
        <h2 id="actors">Who serves them</h2>
        <Models models={models} at={at} />
      </section>
      <section aria-labelledby="cards">
        <h2 id="cards">What they are</h2>
        <ModelCards models={models} />
      </section>
    </>
  );
}

function HowToServe() {
  return (
    <section aria-labelledby="none">
      <h2 id="none">No model is served yet</h2>
      <p>A real language model, small enough for any machine; the first line fetches it, once:</p>
      <pre class="command">{"bun run models pull smollm2\nbun run node --role model --models smollm2"}</pre>
      <p>
        Give it the <code>--nats</code> and <code>--creds</code> of your other nodes, and it shows up here
        within a second. Without a cluster, one process is both:{" "}
        <code class="flag">--role model,gateway</code>. Then ask it, with any client of the OpenAI API:
      </p>
      <pre class="command">
        {`curl ${location.origin}/v1/chat/completions -d '{"model": "smollm2", "messages": [{"role": "user", "content": "What is an orrery?"}]}'`}
      </pre>
      <p class="faint">
        Other models: <code>bun run models list</code>, any GGUF file, or a vLLM server; docs/models.md says
        how.
      </p>
    </section>
  );
}
