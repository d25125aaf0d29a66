import type { ForecastView, NeuronView, OnChainView } from "../../protocol/views.ts";
import { count, minerName, percent } from "../format.ts";
import { useShown } from "./show-more.tsx";

const ROWS = 20;
/** Bars of the plot: the most moved; the table has them all. */
const BARS = 12;

const tokens = (value: number): string => (value === 0 ? "0" : value.toPrecision(3));

/** What the chain's last epoch made of each neuron, and who would gain or lose in the next. */
export function OnChain({ chain }: { chain: OnChainView }) {
  const { shown, more } = useShown(chain.neurons, ROWS);
  return (
    <>
      <p>
        Subnet {chain.netuid} at block {count(chain.block)}, {count(chain.neurons.length)} neurons.
      </p>
      <table class="cards" aria-label="Neurons on chain, most paid first">
        <thead>
          <tr>
            <th class="number">uid</th>
            <th>Neuron</th>
            <th class="number">Stake</th>
            <th class="number" title="Share of what miners get">
              Incentive
            </th>
            <th class="number" title="Share of what validators get">
              Dividends
            </th>
            <th class="number" title="How much of a validator's weights the consensus agrees with">
              Validator trust
            </th>
            <th class="number" title="Of the subnet's token, in the last epoch">
              Emission
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((neuron) => (
            <Row key={neuron.uid} neuron={neuron} />
          ))}
        </tbody>
      </table>
      {more}
      {chain.forecast.length > 0 && <Forecast chain={chain} />}
    </>
  );
}

function Row({ neuron }: { neuron: NeuronView }) {
  const { uid, stake, validatorPermit, incentive, dividends, validatorTrust, emission } = neuron;
  return (
    <tr data-neuron={uid}>
      <td class="number rank">{uid}</td>
      <td class="who">
        {minerName(neuron)} {validatorPermit && <span class="faint">permit</span>}
      </td>
      <td class="number" data-label="Stake">
        {count(Math.round(stake))}
      </td>
      <td class="number" data-label="Incentive">
        {percent(incentive)}
      </td>
      <td class="number" data-label="Dividends">
        {percent(dividends)}
      </td>
      <td class="number" data-label="Validator trust">
        {validatorPermit ? percent(validatorTrust) : "–"}
      </td>
      <td class="number" data-label="Emission">
        {tokens(emission)}
      </td>
    </tr>
  );
}

const gain = ({ gets, expected }: ForecastView): number => gets - expected;

/** Bars left for a loss and right for a gain, against what stake or the plain mean of weights would give. */
function Forecast({ chain }: { chain: OnChainView }) {
  const moved = [...chain.forecast].sort((a, b) => Math.abs(gain(b)) - Math.abs(gain(a)));
  const most = Math.max(...moved.map((each) => Math.abs(gain(each))), Number.MIN_VALUE);
  const neurons = new Map(chain.neurons.map((neuron) => [neuron.uid, neuron]));
  const nameOf = (uid: number) => {
    const neuron = neurons.get(uid);
    return neuron === undefined ? `uid ${uid}` : minerName(neuron);
  };
  return (
    <>
      <h3>Who gains and who loses, if the next epoch ran now</h3>
      <p class="faint">
        Against what stake alone (validators) or the stake-weighted mean of all weights (miners) would give.
      </p>
      <table class="forecast" aria-label="Gain and loss in the next epoch, and why">
        <thead>
          <tr>
            <th>Neuron</th>
            <th>Loss and gain</th>
            <th class="number">Gets</th>
            <th class="number">Expected</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {moved.slice(0, BARS).map((each) => (
            <tr key={`${each.role}${each.uid}`}>
              <td>
                {nameOf(each.uid)} <span class="faint">{each.role}</span>
              </td>
              <td>
                <Bar share={gain(each) / most} />
              </td>
              <td class="number">{tokens(each.gets)}</td>
              <td class="number">{tokens(each.expected)}</td>
              <td>{each.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const HALF = 60;

function Bar({ share }: { share: number }) {
  const width = Math.abs(share) * HALF;
  return (
    <svg class="gain" viewBox={`0 0 ${2 * HALF} 14`} width={2 * HALF} height="14" aria-hidden="true">
      <line class="grid" x1={HALF} x2={HALF} y1="0" y2="14" />
      <rect
        class={share < 0 ? "loss" : "win"}
        x={share < 0 ? HALF - width : HALF}
        y="2"
        width={Math.max(width, share === 0 ? 0 : 1)}
        height="10"
      />
    </svg>
  );
}
