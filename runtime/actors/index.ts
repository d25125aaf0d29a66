export type {
  Actor,
  ActorKind,
  ActorRef,
  MailboxPolicy,
  Overload,
  Self,
  SendOptions,
  SpawnActorOptions,
  StopReason,
  Terminated,
  Watch,
} from "./actor.ts";
export {
  createDeadLetterBuffer,
  type DeadLetterBuffer,
  type DeadLetterSink,
  type DeadReason,
  type LocalDeadLetter,
} from "./dead-letters.ts";
export type { Backoff, Intensity, Strategy, Supervision } from "./supervision.ts";
export { ActorSystem, type ActorSystemOptions } from "./system.ts";
export type { Family, FamilyOptions } from "./virtual.ts";
