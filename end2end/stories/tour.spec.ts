import { test } from "../lib/demo.ts";
import { accessible, expect, open, picture, shot } from "../lib/lux.ts";

/** Every place of the navigation, with words that only its full page shows. */
const PLACES: [path: string, name: string, words: RegExp][] = [
  ["/", "home", /Went out last/],
  ["/campaigns", "campaigns", /Stockist letter/],
  ["/messages", "messages", /@.+\.example|No messages yet/],
  ["/templates", "templates", /Used by|Changed/],
  ["/contacts", "contacts", /@.+\.example/],
  ["/lists", "lists", /Newsletter/],
  ["/imports", "imports", /\.csv/],
  ["/settings/company", "settings-company", /Postal address/],
  ["/settings/people", "settings-people", /astrid@emberfold\.example/],
  ["/settings/senders", "settings-senders", /mail\.emberfold\.example/],
  ["/settings/domains", "settings-domains", /emberfold\.example/],
  ["/settings/bounces", "settings-bounces", /The last 30 days/],
  ["/settings/bounces?tab=rules", "settings-bounces-rules", /What holds now/],
  ["/settings/bounces?tab=sources", "settings-bounces-sources", /returns@emberfold\.example/],
  ["/settings/delivery", "settings-delivery", /Resting now/],
  ["/settings/fields", "settings-fields", /New field/],
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
    if (name === "home" || name === "contacts") await picture(page, name);
  });
}

/** Places reached by a press: the list, what to press, and words of the place. */
const THINGS: [list: string, name: string, press: RegExp, words: RegExp][] = [
  ["/campaigns", "campaign", /Winter blue/, /What happened to each recipient/],
  ["/campaigns", "campaign-scheduled", /Stockist letter, fair/, /Starts/],
  ["/templates", "template", /Invitation card/, /Preview text/],
  ["/contacts", "contact", /./, /Consent/],
  ["/imports", "import", /\.csv/, /Rows read/],
  ["/settings/domains", "domain", /emberfold/, /_domainkey/],
  ["/settings/bounces?tab=sources", "bounce-mailbox", /Returns/, /Return address/],
  ["/settings/bounces?tab=sources", "bounce-hook", /Complaints/, /hooks\/bounces/],
];

for (const [list, name, press, words] of THINGS) {
  test(`a ${name} opens from its list, and by its address`, async ({ page }) => {
    await open(page, list);
    await page.getByRole("main").getByRole("table").getByRole("link", { name: press }).first().click();
    await page.waitForURL(/[0-9a-f]{8}-/);
    await expect(page.getByText(words).first()).toBeVisible();
    await shot(page, name);
    await accessible(page);
    // Drawn by the server it must wake up without a complaint as well.
    await open(page, page.url());
    await expect(page.getByText(words).first()).toBeVisible();
  });
}

test("nothing found and nothing there are said", async ({ page, complaints }) => {
  await open(page, "/contacts?q=nobody-has-this-name");
  await expect(page.getByRole("main")).toContainText(/No contacts? match|Nobody/i);
  await shot(page, "contacts-none");
  await open(page, "/contacts/0198aaaa-0000-7000-8000-000000000000");
  await expect(page.getByRole("main")).toContainText("Contact was not found");
  await shot(page, "contact-missing");
  await open(page, "/no/such/page");
  await expect(page.getByText("This page does not exist")).toBeVisible();
  await shot(page, "page-missing");
  // The browser itself logs that the document was a 404.
  complaints.splice(0, complaints.length, ...complaints.filter((line) => !line.includes("404 (Not Found)")));
});
