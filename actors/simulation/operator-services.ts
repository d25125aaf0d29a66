/**
 * One memory network carries many operators: what miners take part in goes by the common net, the rest by a net of
 * the operator's own, as accounts keep them apart on a real server.
 */
import type { Service } from "../../protocol/service.ts";
import type { Services } from "../../runtime/services.ts";

export function operatorServices(nets: { common: Services; own: Services }): Services {
  const netOf = (service: Service) => (isPublic(service) ? nets.common : nets.own);
  return {
    client: (service) => netOf(service as Service).client(service),
    serve: (implementation, options) =>
      netOf(implementation.service as Service).serve(implementation, options),
  };
}

const isPublic = (service: Service): boolean =>
  service.servedBy.includes("miner") ||
  Object.values(service.methods).some(({ calledBy }) => calledBy.includes("miner"));
