import type { Checked } from "../../protocol/inference/claims.ts";
import { claimOf } from "../../protocol/inference/verdict.ts";

const [WIDTH, HEIGHT] = [600, 120];
const MIDDLE = HEIGHT / 2;
/** Claims that are drawn one by one; more would be thinner than a pixel. */
const MOST = 512;

/** Each checked claim: how far the miner's word is off goes up, how much better another token was goes down. */
export function ClaimsChart({ checked }: { checked: readonly Checked[] }) {
  const shown = checked.slice(0, MOST);
  const step = WIDTH / Math.max(shown.length, 48);
  return (
    <>
      <figure class="chart claims">
        <div class="y faint" aria-hidden="true">
          <span>1 nat</span>
          <span>0</span>
          <span>1 nat</span>
        </div>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Deviation and regret of ${shown.length} claims, one by one`}
        >
          {[0, MIDDLE, HEIGHT].map((y) => (
            <line key={y} class="grid" x1="0" x2={WIDTH} y1={y} y2={y} />
          ))}
          {shown.map((claim, index) => {
            const { deviation, regret } = claimOf(claim);
            const place = { x: index * step + step * 0.1, width: step * 0.8 };
            return (
              <g key={claim.position}>
                <title>
                  {`Token ${claim.token} at ${claim.position}: claimed ${claim.logprob.toFixed(3)}, judged ${claim.own.toFixed(3)}, best ${claim.best.toFixed(3)}`}
                </title>
                <rect class="series s0" {...place} y={MIDDLE * (1 - deviation)} height={MIDDLE * deviation} />
                <rect class="series s4" {...place} y={MIDDLE} height={MIDDLE * regret} />
              </g>
            );
          })}
        </svg>
        <figcaption class="x faint">an honest miner's are hardly to be seen</figcaption>
      </figure>
      <ul class="legend">
        <li>
          <span class="swatch s0" /> deviation from what was claimed
        </li>
        <li>
          <span class="swatch s4" /> regret: another token was better
        </li>
      </ul>
    </>
  );
}
