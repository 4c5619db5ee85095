import { defineConfig } from "@playwright/test";

// Debian's Chromium against a release binary of our own: no test may need anything from outside.
export default defineConfig({
  testDir: "stories",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // Every worker starts its own server, so stories never share data.
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  retries: 0,
  // xtask counts from the report and names its file.
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    colorScheme: "dark",
    // Recording a trace holds up Debian's browser until the time limit; the page as it was says as much.
    screenshot: "only-on-failure",
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.LUX_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
