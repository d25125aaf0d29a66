/** The dashboard as a person uses it: a real browser on a real gateway over a real ledger. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { putJson } from "../../actors/json-blob.ts";
import { createSubstrateChain } from "../../chain/client/substrate-chain.ts";
import { openDevnet } from "../../chain/devnet/devnet.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import type { Json } from "../../protocol/ids.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { CHROMIUM_ARGS, chromiumBinary } from "../provision/chromium.ts";
import { devnetRpc } from "../support/devnet-rpc.ts";
import { keptLog } from "../support/quiet.ts";
import { until } from "../support/until.ts";
import * as story from "./story.ts";
import { gatewayWorld } from "./world.ts";

const binary = await chromiumBinary();
if (binary.missing !== undefined) console.warn(`dashboard tests are skipped: ${binary.missing}`);

// Everything here waits for a condition; the limit is for a machine that is busy with other things.
setDefaultTimeout(60_000);
const PATIENCE_MS = 20_000;
const FIVE = story.seats(5);
const HOSTILE =
  "<script>window.hacked=1;alert(1)</script><img src=x onerror=alert(2)>\u001b[31mred\u202eevil";

describe.skipIf(binary.missing !== undefined)("the dashboard", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: binary.path ?? "", args: CHROMIUM_ARGS });
  });
  afterAll(() => browser?.close());

  /** A page that fails its test when it complains, asks elsewhere, or opens a dialog. */
  async function visit(url: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== url && !request.url().startsWith("data:"))
        complaints.push(`asked ${request.url()}`);
    });
    await page.goto(url);
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  /** Says it now and every half second, as nodes and models do. */
  function saying(say: () => void): Disposable {
    say();
    const timer = setInterval(say, 500);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  const row = (page: Page, uid: number) => page.locator(`tr[data-uid="${uid}"]`);
  const shows = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
  const wide = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  test("shows what the chain made of each neuron, who would gain next, and the journey of the weights", async () => {
    const clock = createSystemClock();
    await using devnet = await openDevnet({
      ...{ clock, log: keptLog(), blockTimeMs: "manual" },
      genesis: {
        startAt: clock.now(),
        subnets: [
          {
            ...{ netuid: 1, owner: "//Owner", tempo: 10, weightsRateLimit: 5 },
            neurons: [
              { hotkey: "//Validator", coldkey: "//Cold", stakeTao: 1_000, weights: { "//Miner": 65_535 } },
              { hotkey: "//Miner", coldkey: "//Cold" },
            ],
          },
        ],
      },
    });
    await devnet.node.advance(25);
    await until(() => devnet.node.finalized().number === 25, "blocks are final");
    const chain = createSubstrateChain({ rpc: devnetRpc(devnet.node) });
    const { hotkey } = await signerFromUri("//Miner");
    await using world = await gatewayWorld({
      onChain: { chain, netuid: 1 },
      names: new Map([[hotkey, "the good one"]]),
    });
    await using visited = await visit(world.url);
    const { page, complaints } = visited;
    await shows(page, "Subnet 1 at block 25, 2 neurons.");
    const neuron = page.locator('tr[data-neuron="1"]');
    await neuron.getByText("the good one").waitFor();
    await neuron.getByText("100.0 %").waitFor();
    await shows(page, "agrees with consensus");
    await world.tell(story.decided(4, 7, [65_535]), story.set(4, 7));
    await page.getByText("The journey of epoch 4").click();
    await shows(page, "read back from block 40");
    expect(await wide(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("says what it waits for before anything happened, and moves on without a reload", async () => {
    await using world = await gatewayWorld();
    await using visited = await visit(world.url);
    const { page, complaints } = visited;
    await shows(page, "No miner is known yet");
    await page.locator(".connection.live").waitFor();
    await page.evaluate(() => Object.assign(window, { loaded: "once" }));

    await world.tell(story.opened(1, FIVE), story.concluded(1, 1, "code-1"));
    await shows(page, /1 of 15 jobs/);
    await row(page, 1).getByText("100.0 %").waitFor();
    await world.tell(...story.wholeRound(1, FIVE).slice(1));
    await row(page, 1).getByText("1.000").waitFor();
    await world.tell(story.decided(1, 1, [3, 1, 1, 1]), story.set(1, 1));
    await row(page, 1).getByText("50.0 %").waitFor();
    await shows(page, "set at block 10");
    world.beat("operator");
    await page.getByRole("table", { name: "Nodes" }).getByText("operator").waitFor();

    expect(await page.evaluate(() => (window as { loaded?: string }).loaded)).toBe("once");
    expect(await page.title()).toContain("round 1");
    expect(complaints).toEqual([]);
  });

  test("a miner's page shows each job's evidence, and hostile output stays inert text", async () => {
    await using world = await gatewayWorld({ names: new Map([[story.hotkey(1), HOSTILE.slice(0, 60)]]) });
    const at = { round: 1, uid: 1, task: "code-1" };
    const evidence = await world.keep(at, {
      stdout: `${HOSTILE}\n${"x".repeat(60_000)}`,
      output: { html: HOSTILE, list: Array<Json>(5_000).fill("\u2066") },
      detail: HOSTILE,
    });
    await world.tell(
      story.opened(1, FIVE),
      story.concluded(1, 1, "code-1", { evidence, detail: { note: HOSTILE } }),
      story.refused(1, 1, HOSTILE),
    );
    await using visited = await visit(world.url);
    const { page, complaints } = visited;
    await row(page, 1).getByRole("link").click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    const job = page.locator("details.job").first();
    await job.locator("summary").click();
    await job.getByText("Standard output").waitFor();
    const said = await job.getByRole("region", { name: "Standard output of case 1" }).textContent();
    expect(said).toStartWith("<script>window.hacked=1;alert(1)</script>");
    expect(said).toContain("␛[31mred⟨U+202E⟩evil");
    expect(said?.length).toBeLessThan(3_000);
    await job
      .getByRole("button", { name: /Show all/ })
      .first()
      .click();
    await job.getByText("shortened here").waitFor();
    await job
      .getByText(/more characters/)
      .first()
      .waitFor();

    expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.locator("main script, main img").count()).toBe(0);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await wide(page)).toBe(0);
    // Later jobs arrive while the opened one stays open.
    await world.tell(story.concluded(1, 1, "code-2"));
    await page.getByText("code-2").waitFor();
    expect(await page.locator("details.job[open]").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("a challenged model's claims are told, and plotted one by one", async () => {
    await using world = await gatewayWorld();
    const at = { round: 1, uid: 1, task: "code-1" };
    const observed = story.challengeEvidence(at, { deviation: 0.3, regret: 0.2 });
    const evidence = await putJson(world.blobs, observed);
    await world.tell(story.opened(1, FIVE), story.concluded(1, 1, "code-1", { evidence, outcome: "wrong" }));
    await using visited = await visit(world.url);
    const { page, complaints } = visited;
    await row(page, 1).getByRole("link").click();
    await page.locator("details.job summary").first().click();
    await shows(page, /96 claims checked: deviation 0\.37\d\d, regret 0\.1\d\d\d nats/);
    const chart = page.getByRole("img", { name: "Deviation and regret of 96 claims, one by one" });
    expect(await chart.locator("rect.s0").count()).toBe(96);
    const heights = await chart
      .locator("rect.s0")
      .evaluateAll((all) => all.map((each) => Number(each.getAttribute("height"))));
    expect(heights[0]).toBe(0);
    // sin(8) of twice 0.3 nats, of half the height.
    expect(heights[8]).toBeCloseTo(0.6 * Math.sin(8) * 60, 3);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await wide(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("evidence that is gone says so, and a miner that is not there too", async () => {
    await using world = await gatewayWorld();
    const lost = { sha256: "ef".repeat(32), size: 10 };
    await world.tell(story.opened(1, FIVE), story.concluded(1, 2, "code-1", { evidence: lost }));
    await using visited = await visit(`${world.url}`);
    const { page } = visited;
    await row(page, 2).getByRole("link").click();
    await page.locator("details.job summary").first().click();
    await page.getByRole("alert").getByText("there is no such blob").waitFor();
    await page.goto(`${world.url}/#/miner/4242`);
    await page.getByRole("alert").getByText("no miner has uid 4242").waitFor();
  });

  test("the theme follows the system until it is chosen, and is remembered", async () => {
    await using world = await gatewayWorld();
    await using visited = await visit(world.url, { colorScheme: "dark" });
    const { page, complaints } = visited;
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByLabel("Theme").waitFor();
    const dark = await paper();
    await page.getByLabel("Theme").selectOption("light");
    expect(await paper()).not.toBe(dark);
    await page.reload();
    await page.getByLabel("Theme").waitFor();
    expect(await page.getByLabel("Theme").inputValue()).toBe("light");
    expect(await paper()).not.toBe(dark);
    expect(complaints).toEqual([]);
  });

  test("works by keyboard: from the page's start to a miner and its first job", async () => {
    await using world = await gatewayWorld();
    await world.tell(...story.wholeRound(1, FIVE));
    await using visited = await visit(world.url);
    const { page } = visited;
    await row(page, 1).waitFor();
    const reach = async (selector: string) => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      }
      throw new Error(`Tab does not reach ${selector}`);
    };
    await reach('tr[data-uid="1"] a');
    await page.keyboard.press("Enter");
    await page.locator("details.job").first().waitFor();
    await reach("details.job summary");
    await page.keyboard.press("Enter");
    await page.locator("details.job[open]").waitFor();
  });

  test("a lost connection is said, what was known stays, and a new gateway is found again", async () => {
    await using world = await gatewayWorld();
    await world.tell(...story.wholeRound(1, FIVE));
    await using visited = await visit(world.url);
    const { page } = visited;
    await row(page, 1).getByText("1.000").waitFor();
    await world.stop();
    await page.getByRole("alert").getByText("does not answer").waitFor();
    expect(await row(page, 1).count()).toBe(1);
    await world.tell(...story.wholeRound(2, FIVE));
    await world.restart();
    await page.locator(".connection.live").waitFor();
    await shows(page, "Round 2");
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("three hundred miners and long names: paged, searchable, and no wider than a phone", async () => {
    const many = story.seats(300);
    await using world = await gatewayWorld({ names: new Map([[story.hotkey(7), "W".repeat(64)]]) });
    await world.tell(...story.wholeRound(1, many));
    for (let epoch = 1; epoch <= 50; epoch++) {
      await world.tell(story.decided(epoch, 1, Array(300).fill(epoch)), story.set(epoch, 1));
    }
    for (const name of ["n".repeat(128), "sandbox-1"]) world.beat(name);
    await using visited = await visit(world.url, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    const { page, complaints } = visited;
    await shows(page, "Show 50 more");
    expect(await page.locator("tr[data-uid]").count()).toBe(50);
    await shows(page, "epochs 1 to 50");
    await page.getByRole("table", { name: "Nodes" }).getByText("sandbox-1").waitFor();
    expect(await wide(page)).toBe(0);
    await page.getByPlaceholder("name, uid or hotkey").fill("299");
    await row(page, 299).waitFor();
    expect(await page.locator("tr[data-uid]").count()).toBe(1);
    const long = (index: number) => [`${index}${"l".repeat(60)}`, "v".repeat(256)];
    world.model("a".repeat(64), {
      ...{ id: `a/${"n".repeat(120)}`, node: "n".repeat(128) },
      labels: Object.fromEntries(Array.from({ length: 32 }, (_, index) => long(index))),
    });
    await page.getByRole("link", { name: "Models" }).click();
    await shows(page, "26 more");
    expect(await wide(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("says how to serve a model, and shows one as soon as it is served: what it gives, who waits, what it is", async () => {
    await using world = await gatewayWorld();
    await using visited = await visit(`${world.url}`);
    const { page, complaints } = visited;
    await page.getByRole("link", { name: "Models" }).click();
    await shows(page, "bun run node --role model --models smollm2");
    world.model("busy", { tokens: 100, running: 5, waiting: 3, labels: { gpu: HOSTILE.slice(0, 200) } });
    const busy = page.locator('tr[data-actor="busy"]');
    await busy.getByText("5 of 8, 3 waiting").waitFor();
    expect(await page.getByText("bun run node").count()).toBe(0);
    await shows(page, "No token was given in the last two minutes");

    const work = { answers: 41, failed: 2, promptTokens: 9_000, completionTokens: 400 };
    const firstTokenMs = { p50: 42, p95: 1_250 };
    using _ = saying(() => {
      world.model("busy", { work: { ...work, firstTokenMs } });
      world.model("lost", { id: "lost/one", status: "failed", work: { ...work, firstTokenMs: null } });
    });
    // As soon as the step of two seconds is over.
    await page.getByRole("img", { name: "Tokens a second over the last two minutes, 150 at most" }).waitFor();
    const figures = await busy.locator("td.number").allTextContents();
    expect(figures.slice(1)).toEqual(["42 ms 1.3 s", "25.0 %", "41", "2"]);
    await page.locator('tr[data-actor="lost"]').getByText("failed").waitFor();
    await page.locator("details.job summary").first().click();
    await shows(page, "no weights, answers from a function");
    expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
    await page.goto(`${world.url}/#/`);
    await shows(page, "0.0 tokens a second");
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("keeps WCAG AA in %s, on every page", async (colorScheme) => {
    await using world = await gatewayWorld();
    const evidence = await world.keep({ round: 1, uid: 1, task: "code-1" }, { stdout: "out", output: 1 });
    await world.tell(
      ...story.wholeRound(1, FIVE),
      ...[story.decided(1, 1, [5, 4, 3, 2]), story.set(1, 1), story.refused(2, 1, "rate limit")],
      story.opened(2, FIVE),
      story.concluded(2, 1, "code-1", { evidence }),
    );
    world.beat("operator");
    await using visited = await visit(world.url, { colorScheme });
    const { page } = visited;
    const axe = await Bun.file(join(import.meta.dir, "../../node_modules/axe-core/axe.min.js")).text();
    const violations = async (): Promise<string[]> => {
      await page.evaluate(axe);
      return page.evaluate(async () => {
        const { axe: tool } = window as unknown as { axe: typeof import("axe-core") };
        const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
        const found = await tool.run({ runOnly: tags });
        return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      });
    };
    await row(page, 1).waitFor();
    await page.getByRole("table", { name: "Nodes" }).waitFor();
    await page.getByText("As a table").click();
    expect(await violations()).toEqual([]);
    await row(page, 1).getByRole("link").click();
    await page.locator("details.job summary").first().click();
    await page.getByText("Standard output").waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole("link", { name: "Models" }).click();
    await shows(page, "No model is served yet");
    expect(await violations()).toEqual([]);
    world.model("busy");
    using _ = saying(() => world.model("busy", { tokens: 90, waiting: 3 }));
    await page.getByRole("img", { name: /^Tokens a second/ }).waitFor();
    await page.locator("details.job summary").first().click();
    await shows(page, "Licence");
    expect(await violations()).toEqual([]);
  });
});
