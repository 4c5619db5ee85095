import { accessible, expect, open, shot, test } from "../lib/lux.ts";

test("a fresh Lux asks for its owner", async ({ page }) => {
  await open(page, "/");
  await expect(page).toHaveURL(/\/setup/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await shot(page, "setup");
  await accessible(page);
});
