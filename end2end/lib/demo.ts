import type { BrowserContext } from "@playwright/test";
import { test as base } from "./lux.ts";
import { signIn } from "./people.ts";
import { Server } from "./server.ts";

/** Owner of the company that `lux demo` makes. */
const OWNER = "astrid@emberfold.example";

interface Demo {
  demo: { server: Server; password: string };
  /** What the browser keeps of somebody who has signed in. */
  session: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

/** {@link base}, signed in to a company with a history. */
export const test = base.extend<object, Demo>({
  demo: [
    async ({}, use) => {
      const demo = await Server.demo();
      await use(demo);
      await demo.server.remove();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  lux: [async ({ demo }, use) => use(demo.server), { scope: "worker" }],
  session: [
    async ({ browser, demo }, use) => {
      const context = await browser.newContext({ baseURL: demo.server.url });
      await signIn(await context.newPage(), OWNER, demo.password);
      await use(await context.storageState());
      await context.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  storageState: async ({ session }, use) => use(session),
});
