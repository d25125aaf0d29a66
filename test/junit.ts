/** Reads the report that `bun test --reporter=junit` writes: the counts, and what was skipped. */

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Report extends Counts {
  /** `file: suite > name` of each skipped test. */
  skippedTests: string[];
  /** The file of each test that failed. A file that could not be run at all is not among them. */
  failedFiles: string[];
}

/** A run that ended badly without a failed test has failed as a whole: a file that cannot be loaded is in no count. */
export function readReport(xml: string | undefined, exitCode: number): Report {
  const attribute = (of: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(of)?.[1] ?? "";
  const head = /<testsuites\b[^>]*>/.exec(xml ?? "")?.[0];
  if (xml === undefined || head === undefined)
    return { passed: 0, failed: 1, skipped: 0, skippedTests: [], failedFiles: [] };
  const [tests, failures, skipped] = ["tests", "failures", "skipped"].map((name) =>
    Number(attribute(head, name)),
  ) as [number, number, number];
  const skippedTests = [...xml.matchAll(/(<testcase\b[^>]*[^/])>\s*<skipped\b/g)].map(([, opening = ""]) => {
    const [file, suite, name] = ["file", "classname", "name"].map((key) => plain(attribute(opening, key)));
    return `${file}: ${suite === "" ? "" : `${suite} > `}${name}`;
  });
  const failedTests = xml.matchAll(/(<testcase\b[^>]*[^/])>\s*<failure\b/g);
  const failedFiles = [
    ...new Set([...failedTests].map(([, opening = ""]) => plain(attribute(opening, "file")))),
  ];
  const failed = failures === 0 && exitCode !== 0 ? 1 : failures;
  return { passed: tests - failures - skipped, failed, skipped, skippedTests, failedFiles };
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const plain = (text: string) =>
  text.replace(/&(lt|gt|quot|apos|amp);/g, (whole, name: string) => ENTITIES[name] ?? whole);

/** The line that ends `npm test`. */
export const closingLine = ({ passed, failed, skipped }: Counts) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
