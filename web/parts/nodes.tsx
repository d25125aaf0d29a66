import type { NodeReport } from "../../protocol/services/node.ts";
import { bytes, span } from "../format.ts";

/** The operator's nodes: who is alive, in which roles, how loaded. */
export function Nodes({ nodes, at }: { nodes: readonly NodeReport[]; at: number }) {
  if (nodes.length === 0) return <p class="empty-note">No node has reported yet.</p>;
  return (
    <table class="cards">
      <thead>
        <tr>
          <th>Node</th>
          <th>State</th>
          <th>Roles</th>
          <th class="number">Up</th>
          <th class="number">Memory</th>
          <th class="number">Mailboxes</th>
          <th class="number">Restarts</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => {
          const silent = at - node.at > 10_000;
          return (
            <tr key={node.node}>
              <td data-label="Node">
                <strong>{node.node}</strong>
              </td>
              <td data-label="State">
                <span class={`dot ${silent ? "infra" : node.state === "ready" ? "ok" : "timeout"}`} />{" "}
                {silent ? `silent for ${span(at - node.at)}` : node.state}
              </td>
              <td data-label="Roles">{node.roles.join(", ")}</td>
              <td class="number" data-label="Up">
                {span(node.at - node.startedAt)}
              </td>
              <td class="number" data-label="Memory">
                {bytes(node.gauges["residentBytes"] ?? 0)}
              </td>
              <td class="number" data-label="Mailboxes">
                {node.gauges["mailbox"] ?? 0}
              </td>
              <td class="number" data-label="Restarts">
                {node.gauges["restarts"] ?? 0}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
