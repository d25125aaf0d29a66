/** Data files are imported as text. */
declare module "*.jsonl" {
  const text: string;
  export = text;
}

/** So are the demo miners' programs. */
declare module "*.py" {
  const text: string;
  export = text;
}
