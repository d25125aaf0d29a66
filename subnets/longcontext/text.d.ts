/** Data files are imported as text. */
declare module "*.jsonl" {
  const text: string;
  export = text;
}
