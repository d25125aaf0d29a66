/** The text of a web page: what a reader would see, without scripts, styles and markup. */
import { cleanText } from "../../text.ts";

const UNREAD = "script, style, noscript, template, svg, iframe, object, canvas, head > :not(title)";
const BLOCKS =
  "p, div, br, li, ul, ol, tr, table, section, article, header, footer, nav, aside, main, h1, h2, h3, h4, h5, h6, pre, blockquote, dt, dd, figure, figcaption, hr";
const CELLS = "td, th";
const MOST_TITLE = 500;

export interface Page {
  title: string | undefined;
  text: string;
}

/** `most` is the largest text in UTF-16 units. Entities are decoded, blanks run together, blocks stand on their own lines. */
export async function pageText(html: string, most: number): Promise<Page> {
  let [title, text] = ["", ""];
  let [inTitle, unread] = [false, 0];
  const add = (more: string) => {
    if (text.length < most * 2) text += more;
  };
  const rewriter = new HTMLRewriter()
    .on(UNREAD, {
      element(element) {
        if (element.selfClosing || !element.canHaveContent) return;
        unread++;
        element.onEndTag(() => {
          unread--;
        });
      },
    })
    .on("title", {
      element(element) {
        if (unread > 0) return;
        inTitle = true;
        element.onEndTag(() => {
          inTitle = false;
        });
      },
    })
    .on(BLOCKS, {
      element(element) {
        add("\n");
        if (element.canHaveContent && !element.selfClosing) element.onEndTag(() => add("\n"));
      },
    })
    .on(CELLS, { element: () => add("\t") })
    .onDocument({
      text(chunk) {
        if (unread > 0) return;
        if (inTitle) title = (title + chunk.text).slice(0, MOST_TITLE * 2);
        else add(chunk.text.replace(/\s+/g, " "));
      },
    });
  await rewriter.transform(new Response(html)).text();
  const shown = decoded(text)
    .split("\n")
    .map((line) => line.replace(/[^\S\t]+/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
  const name = decoded(title).replace(/\s+/g, " ").trim();
  return { title: name === "" ? undefined : cleanText(name, MOST_TITLE), text: cleanText(shown, most) };
}

const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", copy: "©", reg: "®", hellip: "…" },
  ...{ mdash: "—", ndash: "–", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", bull: "•", middot: "·" },
  ...{ laquo: "«", raquo: "»", times: "×", deg: "°", euro: "€", pound: "£", sect: "§", trade: "™" },
};

/** Numeric references and the named ones that text is full of; others stay as they are written. */
const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name)] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff)
      ? String.fromCodePoint(point)
      : "";
  });
