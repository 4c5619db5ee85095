import { test } from "../lib/demo.ts";
import { accessible, expect, open, shot } from "../lib/lux.ts";

/** Every place of the navigation, with words that only its full page shows. */
const PLACES: [path: string, name: string, words: RegExp][] = [
  ["/", "home", /Went out last/],
  ["/campaigns", "campaigns", /Stockist letter/],
  ["/templates", "templates", /Used by|Changed/],
  ["/contacts", "contacts", /@.+\.example/],
  ["/lists", "lists", /Newsletter/],
  ["/imports", "imports", /\.csv/],
  ["/settings/company", "settings-company", /Postal address/],
  ["/settings/people", "settings-people", /astrid@emberfold\.example/],
  ["/settings/senders", "settings-senders", /mail\.emberfold\.example/],
  ["/settings/fields", "settings-fields", /Add field/],
  ["/settings/keys", "settings-keys", /API key/],
  ["/settings/profile", "settings-profile", /Signed in/],
];

for (const [path, name, words] of PLACES) {
  test(`${path} shows what there is`, async ({ page }) => {
    await open(page, path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText(words).first()).toBeVisible();
    await shot(page, name);
    await accessible(page);
  });
}

/** Places reached through a list: the list, and the first thing on it. */
const THINGS: [list: string, name: string, part: RegExp][] = [
  ["/campaigns?state=finished", "campaign", /Accepted/],
  ["/campaigns?state=draft", "composer", /Subject/],
  ["/templates", "template", /Subject/],
  ["/contacts", "contact", /Consent/],
  ["/imports", "import", /created|added/i],
];

for (const [list, name, words] of THINGS) {
  test(`a ${name} opens from its list`, async ({ page }) => {
    await open(page, list);
    await page.getByRole("main").getByRole("table").getByRole("link").first().click();
    await page.waitForURL(/[0-9a-f]{8}-/);
    await expect(page.getByText(words).first()).toBeVisible();
    await shot(page, name);
    await accessible(page);
    // The same page drawn by the server must wake up without a complaint.
    await page.reload();
    await open(page, page.url());
    await expect(page.getByText(words).first()).toBeVisible();
  });
}

test("an empty search and a wrong address say so", async ({ page, complaints }) => {
  await open(page, "/contacts?q=nobody-has-this-name");
  await expect(page.getByText(/No contacts? match|Nobody/i).first()).toBeVisible();
  await shot(page, "contacts-none");
  await page.goto("/contacts/0198aaaa-0000-7000-8000-000000000000");
  await expect(page.getByText(/not found|is not there|no such/i).first()).toBeVisible();
  await shot(page, "contact-missing");
  await page.goto("/no/such/page");
  await expect(page.getByText(/not found|no page/i).first()).toBeVisible();
  // The browser logs the 404 of the document itself.
  complaints.splice(0, complaints.length, ...complaints.filter((line) => !/404/.test(line)));
});
