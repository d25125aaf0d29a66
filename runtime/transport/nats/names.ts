/** Names of everything we keep on a NATS server. One network's names never meet another's. */
import { Failure } from "../../../protocol/failure.ts";
import { subjectToken } from "../../../protocol/subject.ts";

/** Where the jobs of one subject live: the stream, the subjects of its method, and its durable consumer. */
export interface JobPlace {
  stream: string;
  /** Subjects that the stream takes for this method: plain and keyed. */
  subjects: string[];
  durable: string;
}

const TOKEN = /^[A-Za-z0-9_-]+$/;
const METHOD_TOKENS = 5;

export const leasesBucket = (net: string): string => `ORR_${subjectToken(net, "network")}_leases`;
export const blobsBucket = (net: string): string => `ORR_${subjectToken(net, "network")}_blobs`;
/** Dead letters are kept in this stream, one subject per letter. */
export const deadStream = (net: string): string => `ORR_${subjectToken(net, "network")}_dead`;
export const deadSubject = (net: string, key: string): string =>
  `orr.${subjectToken(net, "network")}.dead.${key}`;
/** Keeps the server's word that a job was delivered too often, also while none of us is there to hear it. */
export const advisoryStream = (net: string): string => `ORR_${subjectToken(net, "network")}_advisories`;
export const maxDeliveriesSubject = (stream: string): string =>
  `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.*`;

/**
 * The place of `orr.<net>.<service>.v<n>.<method>[.<key>|.*]`. One stream per service keeps the number of
 * replicated streams small; the subjects are those of job methods only, or the stream would answer questions.
 */
export function jobPlace(net: string, subject: string): JobPlace {
  const tokens = subject.split(".");
  const [root, network, service = "", ...rest] = tokens;
  const keyed = rest.at(-1) === "*";
  const plain = keyed ? rest.slice(0, -1) : rest;
  if (root !== "orr" || network !== net || plain.length === 0 || ![service, ...plain].every(isToken)) {
    throw new Failure("malformed", `${JSON.stringify(subject.slice(0, 120))} is not a job subject`, {
      hint: `Job subjects look like orr.${net}.<service>.v<n>.<method>[.<key>].`,
    });
  }
  const method = tokens.slice(0, METHOD_TOKENS).filter((token) => token !== "*");
  return {
    stream: `ORR_${net}_${service}`,
    subjects: [method.join("."), `${method.join(".")}.>`],
    // '=' and '+' cannot be part of a token, so that no two subjects share a consumer.
    durable: [...plain, ...(keyed ? ["+"] : [])].join("="),
  };
}

const isToken = (token: string): boolean => TOKEN.test(token);
