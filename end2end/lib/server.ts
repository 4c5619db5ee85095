import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.LUX_BINARY ?? fileURLToPath(new URL("../../target/release/lux", import.meta.url));
const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 12_000;

/** A port of loopback that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** One `lux serve` on a data directory of its own. */
export class Server {
  private child?: ChildProcess;
  private output = "";

  private constructor(
    readonly port: number,
    readonly dataDir: string,
    private readonly env: Record<string, string>,
  ) {}

  /** Starts on an empty data directory; `env` adds settings. */
  static async start(env: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), "lux-story-")), env);
    await server.boot();
    return server;
  }

  /** Starts on the company that `lux demo` makes; answers with the password of its people. */
  static async demo(): Promise<{ server: Server; password: string }> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), "lux-demo-")), {});
    const made = await server.lux(["demo"]);
    const password = made.output.match(/password of all five is (\S+)/)?.[1];
    if (made.code !== 0 || !password) throw new Error(`lux demo did not end well:\n${made.output}`);
    await server.boot();
    return { server, password };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything the server has printed since it was first started. */
  get log(): string {
    return this.output;
  }

  /** The one-time token that the first start prints, as the page or link in the log carries it. */
  async setupToken(): Promise<string> {
    const found = await this.logged(/token[=: ]+([A-Za-z0-9_-]{16,})/i);
    return found[1]!;
  }

  /** Waits until the log matches. */
  async logged(pattern: RegExp, limitMs = 10_000): Promise<RegExpMatchArray> {
    const until = Date.now() + limitMs;
    for (;;) {
      const found = plain(this.output).match(pattern);
      if (found) return found;
      if (Date.now() > until) throw new Error(`the log never matched ${pattern}:\n${this.output}`);
      await pause(50);
    }
  }

  /** Runs another subcommand on the same data, for example `lux(["admin", "create", …])`. */
  lux(args: string[], env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
    const child = spawn(BINARY, args, { cwd: this.dataDir, env: { ...this.settings(), ...env } });
    let output = "";
    child.stdout.on("data", (piece) => (output += piece));
    child.stderr.on("data", (piece) => (output += piece));
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output: plain(output) }));
    });
  }

  /** Starts again on the same data and the same port. */
  async boot(): Promise<void> {
    this.child = spawn(BINARY, ["serve"], { cwd: this.dataDir, env: this.settings() });
    const keep = (piece: Buffer) => (this.output += piece.toString());
    this.child.stdout?.on("data", keep);
    this.child.stderr?.on("data", keep);
    const until = Date.now() + READY_LIMIT_MS;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`lux ended before it was ready:\n${this.output}`);
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      if (Date.now() > until) throw new Error(`lux was not ready in time:\n${this.output}`);
      await pause(50);
    }
  }

  /** Ends the process; `SIGKILL` is a crash. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(late);
  }

  /** Ends the process and deletes its data. */
  async remove(): Promise<void> {
    await this.end();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private settings(): Record<string, string> {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("LUX_") && !name.startsWith("SMTP_"));
    return {
      ...(Object.fromEntries(kept) as Record<string, string>),
      LUX_ADDR: `127.0.0.1:${this.port}`,
      LUX_BASE_URL: this.url,
      LUX_DATA_DIR: this.dataDir,
      LUX_DNS: "false",
      ...this.env,
    };
  }
}

/** For polling what announces nothing. */
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const plain = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, "");
