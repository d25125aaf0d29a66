import type { NodeView } from "../../protocol/views.ts";
import { bytes, count, span } from "../format.ts";
import { visible } from "../visible.ts";
import { useShown } from "./show-more.tsx";

const ROWS = 25;
/** Five heartbeats. */
const SILENT_MS = 10_000;

export const isSilent = (node: NodeView, at: number): boolean => at - node.heardAt > SILENT_MS;

/** The operator's nodes: who is alive, in which roles, how loaded. */
export function Nodes({ nodes, at }: { nodes: readonly NodeView[]; at: number }) {
  const { shown, more } = useShown(nodes, ROWS);
  if (nodes.length === 0)
    return (
      <p class="empty-note">
        No node has reported yet. Each says every two seconds that it is there; one that does not has its
        reason in its log.
      </p>
    );
  return (
    <>
      <table class="cards" aria-label="Nodes">
        <thead>
          <tr>
            <th>Node</th>
            <th>State</th>
            <th>Roles</th>
            <th class="number">Up</th>
            <th class="number">Memory</th>
            <th class="number" title="Messages that wait in actors' mailboxes">
              Waiting
            </th>
            <th class="number" title="Actors restarted by their supervisors">
              Restarts
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((node) => (
            <tr key={node.node}>
              <td class="who">
                <strong>{visible(node.node)}</strong> <span class="faint">v{visible(node.version)}</span>
              </td>
              <td data-label="State">
                <State node={node} at={at} />
              </td>
              <td data-label="Roles" class="roles">
                {node.roles.join(", ")}
              </td>
              <td class="number" data-label="Up">
                {span(node.at - node.startedAt)}
              </td>
              <td class="number" data-label="Memory">
                {bytes(node.gauges.residentBytes ?? 0)}
              </td>
              <td class="number" data-label="Waiting">
                {count(node.gauges.mailbox ?? 0)}
              </td>
              <td class="number" data-label="Restarts">
                {count(node.gauges.restarts ?? 0)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

function State({ node, at }: { node: NodeView; at: number }) {
  const silent = isSilent(node, at) && node.state !== "stopped";
  return (
    <span class="state">
      <span class={`dot ${silent ? "limit" : node.state === "ready" ? "ok" : "refused"}`} />{" "}
      {silent ? `silent for ${span(at - node.heardAt)}` : node.state}
    </span>
  );
}
