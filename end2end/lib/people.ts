import { type Page, expect } from "@playwright/test";
import { open } from "./lux.ts";
import type { Server } from "./server.ts";

export const OWNER = { email: "mira@emberfold.example", password: "glaze the kiln at dawn", name: "Mira Solberg", company: "Emberfold Ceramics" };

/** Makes owner and company on the first page, as a new user does, and ends on the home page. */
export async function setUp(page: Page, lux: Server): Promise<void> {
  await open(page, `/setup?token=${await lux.setupToken()}`);
  await page.getByLabel("Company").fill(OWNER.company);
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("Your email").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByRole("button", { name: "Create company" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Signs in through the form. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await open(page, "/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === "/");
}
