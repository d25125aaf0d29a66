/**
 * What the NATS transport needs of JetStream beside the declared subjects, per role: its own job streams, the leases,
 * the blobs and the dead letters. Streams are named one by one, so that no role reads another's queue.
 */
import type { Role } from "../../protocol/role.ts";
import type { AnyMethod, Service } from "../../protocol/service.ts";
import { ANY, methodSubject } from "../../protocol/subject.ts";
import {
  advisoryStream,
  blobsBucket,
  deadStream,
  deadSubject,
  jobPlace,
  leasesBucket,
} from "../transport/nats/names.ts";
import type { NetworkContract, SubjectPermissions } from "./contract.ts";

/** Miners have none: account PUBLIC has no JetStream. */
export function jetStreamPermissions(role: Role, { net, services }: NetworkContract): SubjectPermissions {
  if (role === "miner") return { publish: [], subscribe: [] };
  const takesPart = (service: Service) => (method: AnyMethod) =>
    service.servedBy.includes(role) || method.calledBy.includes(role);
  const queues = [...new Set(services.flatMap((service) => jobStreams(net, service, takesPart(service))))];
  const leases = `KV_${leasesBucket(net)}`;
  const blobs = `OBJ_${blobsBucket(net)}`;
  const publish = [
    "$JS.API.INFO",
    ...[...queues, leases, blobs].flatMap(streamApi),
    `$KV.${leasesBucket(net)}.>`,
    `$O.${blobsBucket(net)}.>`,
    // Replacing or deleting an object purges its chunks.
    `$JS.API.STREAM.PURGE.${blobs}`,
    ...(queues.length > 0 ? deadLetters(net, services) : []),
  ];
  return { publish, subscribe: [] };
}

/** Whoever takes jobs also buries those of any queue that the server gave up on: reads the job, writes its letter. */
const deadLetters = (net: string, services: readonly Service[]): string[] => [
  ...[deadStream(net), advisoryStream(net)].flatMap(streamApi),
  deadSubject(net, ">"),
  `$JS.API.STREAM.MSG.DELETE.${deadStream(net)}`,
  ...allJobStreams(net, services).flatMap((stream) =>
    ["GET", "DELETE"].map((verb) => `$JS.API.STREAM.MSG.${verb}.${stream}`),
  ),
];

/** Create, grow, read and consume one stream; never delete it. Acknowledgements in the shapes before and since 2.15. */
const streamApi = (stream: string): string[] => [
  ...["CREATE", "UPDATE", "INFO", "MSG.GET"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
  ...["CREATE", "NAMES", "LIST"].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}`),
  ...["CREATE", "DURABLE.CREATE", "INFO", "DELETE", "MSG.NEXT"].map(
    (verb) => `$JS.API.CONSUMER.${verb}.${stream}.>`,
  ),
  `$JS.ACK.${stream}.>`,
  `$JS.ACK.*.*.${stream}.>`,
  `$JS.FC.${stream}.>`,
  `$JS.FC.*.*.${stream}.>`,
];

const allJobStreams = (net: string, services: readonly Service[]): string[] => [
  ...new Set(services.flatMap((service) => jobStreams(net, service, () => true))),
];

/** Streams of those job methods of a service that are wanted. */
const jobStreams = (net: string, service: Service, wanted: (method: AnyMethod) => boolean): string[] =>
  Object.entries(service.methods)
    .filter(([, method]) => method.kind === "job" && wanted(method))
    .map(([name, { key }]) => jobPlace(net, methodSubject(net, service, name, key && ANY)).stream);
