/** Model files are imported as text. */
declare module "*.utf8" {
  const text: string;
  export = text;
}
