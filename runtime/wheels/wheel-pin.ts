/** One file of a Python package, named so that it can be no other. */
export interface WheelPin {
  /** The package's name in the index. */
  readonly project: string;
  readonly version: string;
  /** File name. */
  readonly wheel: string;
  readonly wheelSha256: string;
  /** Its platform tag, for pip. */
  readonly tag: string;
}
