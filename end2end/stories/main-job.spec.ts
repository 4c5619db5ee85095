import { readFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { type Mail, accessible, expect, open, shot, test } from "../lib/lux.ts";
import { setUp } from "../lib/people.ts";

const PEOPLE = [
  "Email;First name;Last name;City",
  "alba@reyes.example;Alba;Reyes;Vigo",
  "ALBA@reyes.example;Alba;Reyes;Vigo",
  'jonas@brandt.example;Jonas;Brandt;"Kiel; Nord"',
  "søren@dahl.example;Søren;Dahl;Århus",
  "not an address;Nobody;At all;Nowhere",
].join("\r\n");

const HTML = `<!doctype html><html lang="en"><head><title>Kiln</title></head><body>
<h1>Hello {{ contact.first_name }}</h1>
<p>The kiln opens on Friday. <a href="https://emberfold.example/kiln?from=mail&amp;x=1">Come and look</a></p>
<p>{{ company.name }}, {{ company.address }}</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
</body></html>`;

test("a new user imports people, mails them and sees what they did", async ({ page, lux, smtp, request }) => {
  test.setTimeout(180_000);
  await setUp(page, lux);
  await shot(page, "home-first");
  await accessible(page);

  await test.step("says where the company is, which every mail has to", async () => {
    await open(page, "/settings/company");
    await page.getByLabel("Postal address").fill("Ovnvej 12, 4000 Emberfold, Denmark");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText(/saved/i).first()).toBeVisible();
  });

  await test.step("adds a sender, whose connection is tried", async () => {
    await open(page, "/settings/senders?new=1");
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("Name", { exact: true }).fill("Studio mail");
    await sheet.getByLabel("Server").fill("127.0.0.1");
    await sheet.getByLabel("Protection").selectOption("none");
    await sheet.getByLabel("Port").fill(String(smtp.port));
    await sheet.getByLabel("From name").fill("Emberfold");
    await sheet.getByLabel("From address").fill("studio@emberfold.example");
    await shot(page, "sender-new");
    await sheet.getByRole("button", { name: "Test connection" }).click();
    await expect(sheet.getByRole("list", { name: "Steps of the test" })).toContainText("Connect");
    await sheet.getByRole("button", { name: "Save sender" }).click();
    await expect(page.getByRole("main").getByText("Studio mail").first()).toBeVisible();
  });

  await test.step("imports a file with a double, a wrong address and letters of its own", async () => {
    await open(page, "/imports?new=1");
    await page.locator("input[type=file]").setInputFiles({ name: "fair.csv", mimeType: "text/csv", buffer: Buffer.from(PEOPLE, "latin1") });
    await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
    await page.getByLabel("New list").fill("Fair 2026");
    await page.getByLabel("Give everybody these tags").fill("fair");
    await page.getByText("These people agreed to marketing email").click();
    await page.getByLabel("Where they agreed").fill("Stockist fair, paper form");
    await shot(page, "import-mapping");
    await accessible(page);
    await page.getByRole("button", { name: /^Import/ }).click();
    await expect(page.getByText("Finished")).toBeVisible();
    const rows = page.getByRole("main");
    for (const words of [/Rows read\s*5/, /New contacts\s*3/, /Same address again in the file\s*1/, /Refused\s*1/]) await expect(rows).toContainText(words);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download refused rows" }).click();
    const rejected = readFileSync(await (await download).path(), "utf8");
    expect(rejected).toContain("not an address");
    await shot(page, "import-done");
  });

  const campaign = await test.step("writes a mail that names each person", async () => {
    await open(page, "/campaigns?new=1");
    await page.getByRole("dialog").getByLabel("Name").fill("Kiln opening");
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}\/edit$/);
    const id = page.url().match(/campaigns\/([0-9a-f-]+)/)![1]!;
    await page.getByRole("button", { name: "Choose" }).first().click();
    await page.getByRole("dialog").getByRole("checkbox", { name: /^Fair 2026/ }).check();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByLabel("Subject").fill("{{ contact.first_name }}, the kiln opens");
    await page.getByRole("textbox", { name: "Source" }).fill(HTML);
    await expect(page.getByRole("button", { name: "Send to 3 people" })).toBeEnabled();
    await expect(page.frameLocator("iframe").first().getByRole("heading")).toContainText("Hello");
    await shot(page, "composer-full");
    await accessible(page);
    return id;
  });

  await test.step("sends after one more look and watches it end", async () => {
    await page.getByRole("button", { name: "Send to 3 people" }).click();
    const dialog = page.getByRole("alertdialog");
    await expect(dialog).toContainText("Kiln opening");
    await shot(page, "last-look");
    await dialog.getByRole("button", { name: "Send to 3 people" }).click();
    await page.waitForURL(new RegExp(`/campaigns/${campaign}$`));
    await expect(page.getByRole("main").getByText("Finished", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
    await expect.poll(() => smtp.mails.length).toBe(3);
  });

  const mail = await test.step("every mail is personal and whole", async () => {
    const [alba] = smtp.to("alba@reyes.example");
    expect(alba).toBeDefined();
    expect(header(alba!, "Subject")).toBe("Alba, the kiln opens");
    // The one-click header needs https (RFC 8058), which a server on loopback has not; the link in the words is the same.
    expect(header(alba!, "List-Unsubscribe")).toContain("mailto:");
    expect(header(alba!, "Content-Type")).toContain("multipart/alternative");
    return alba!;
  });

  await test.step("a reader opens, clicks and leaves", async () => {
    const text = quotedPrintable(mail.raw);
    const click = text.match(/href="(http:\/\/[^"]+\/c\/[^"]+)"/)![1]!;
    const pixel = text.match(/src="(http:\/\/[^"]+\/o\/[^"]+)"/)![1]!;
    // Nobody reads that fast: a hit within a second of the hand-over counts as a machine's.
    await page.waitForTimeout(1_200);
    const browser = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
    expect((await request.get(pixel, { headers: browser })).status()).toBe(200);
    const answer = await request.get(click, { maxRedirects: 0, headers: browser });
    expect(answer.headers()["location"]).toBe("https://emberfold.example/kiln?from=mail&x=1");
    const leave = text.match(/href="(http:\/\/[^"]+\/u\/[^"]+)"/)![1]!;
    // A look at the page changes nothing (RFC 8058); the one-click POST does.
    expect((await request.get(leave)).status()).toBe(200);
    expect((await request.post(leave, { form: { "List-Unsubscribe": "One-Click" } })).status()).toBe(200);
  });

  await test.step("the page counts it", async () => {
    await open(page, `/campaigns/${campaign}`);
    const main = page.getByRole("main");
    await expect(main).toContainText(/Accepted\D*3/);
    for (const figure of ["Opened by a person", "Clicked by a person", "Unsubscribed"]) await expect(main).toContainText(new RegExp(`${figure}\\s*33\\.3 %`));
    await shot(page, "campaign-done");
    await accessible(page);
    await person(page, "alba@reyes.example");
    await expect(page.getByRole("main")).toContainText(/Unsubscribed/);
    await shot(page, "contact-left");
    await accessible(page);
  });
});

async function person(page: Page, address: string): Promise<void> {
  await open(page, `/contacts?q=${encodeURIComponent(address)}`);
  await page.getByRole("table").getByRole("link").first().click();
  await page.waitForURL(/\/contacts\/[0-9a-f-]{36}$/);
}

/** A header of the message, unfolded; empty when it is not there. */
function header(mail: Mail, name: string): string {
  const head = mail.raw.split("\r\n\r\n")[0]!.replace(/\r\n[ \t]+/g, " ");
  const line = head.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}

function quotedPrintable(text: string): string {
  return text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))).replace(/&amp;/g, "&");
}
