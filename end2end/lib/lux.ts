import { type Page, expect, test as base } from "@playwright/test";
import axe from "axe-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "./server.ts";
import { SmtpSink } from "./smtp.ts";

export { expect } from "@playwright/test";
export { Server, pause } from "./server.ts";
export { SmtpSink, type Mail } from "./smtp.ts";

const SHOTS = fileURLToPath(new URL("../screenshots", import.meta.url));
const WIDTHS = [1440, 360] as const;

/** What a page did that no page may do; a story empties it where it provokes something on purpose. */
export type Complaints = string[];

interface PerTest {
  complaints: Complaints;
}

interface PerWorker {
  /** One server for all stories of a file; it starts empty. */
  lux: Server;
  smtp: SmtpSink;
}

/**
 * Playwright's `test`, with a running Lux and a mail server to send to. A story fails when a page logs an
 * error, throws, or asks any host but Lux for anything.
 */
export const test = base.extend<PerTest, PerWorker>({
  lux: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.remove();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  smtp: [
    async ({}, use) => {
      const sink = await SmtpSink.start();
      await use(sink);
      await sink.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ lux }, use) => use(lux.url),
  complaints: [
    async ({ context, lux }, use, info) => {
      const complaints: Complaints = [];
      context.on("console", (message) => {
        if (message.type() === "error") complaints.push(`console: ${message.text()} (${message.location().url})`);
      });
      context.on("weberror", (error) => complaints.push(`error: ${error.error().message}`));
      context.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && url.origin !== lux.url) complaints.push(`foreign host: ${url}`);
      });
      await use(complaints);
      if (info.status === info.expectedStatus) expect(complaints, "what pages complained about").toEqual([]);
      else if (lux.log) await info.attach("server log", { body: lux.log, contentType: "text/plain" });
    },
    { auto: true },
  ],
});

/** Opens a page and waits until it is awake: hydration has attached its handlers. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

/** Waits until the WebAssembly of the page is there and nothing more is being loaded. */
export async function awake(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.hasAttribute("data-awake"));
  // Handlers of lazily loaded parts are attached in the same task; two idle moments later all of it is done.
  await page.evaluate(() => new Promise<void>((done) => requestIdleCallback(() => requestIdleCallback(() => done()))));
}

/** Makes `screenshots/NAME-1440.png` and `NAME-360.png`, and checks that the page does not scroll sideways. */
export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width > 600 ? 900 : 780 });
    await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true, animations: "disabled" });
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overhang, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
  }
  if (before) await page.setViewportSize(before);
}

/** Makes `screenshots/readme-NAME.png`, what fits a window; `docs/images` holds copies of these. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.screenshot({ path: join(SHOTS, `readme-${name}.png`), animations: "disabled" });
}

/** Fails on what axe finds against WCAG 2.2 A and AA, each with the elements it means. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  // Not into frames: the preview of a mail is in one that runs no script at all, and would never answer.
  const found = await page.evaluate(async (tags) => {
    const axe = (window as unknown as { axe: typeof import("axe-core") }).axe;
    const { violations } = await axe.run(document, { iframes: false, runOnly: tags });
    return violations.map((rule) => `${rule.id}: ${rule.help}\n  ${rule.nodes.map((node) => node.target.join(" ")).join("\n  ")}`);
  }, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
  expect(found, "what axe found").toEqual([]);
}
