import { createServer, type Server as NetServer, type Socket } from "node:net";

/** One accepted message, as it came after DATA with the dots unstuffed. */
export interface Mail {
  from: string;
  to: string[];
  /** CRLF line ends, headers and body. */
  raw: string;
}

/** What the sink answers instead of 250, for one command of one recipient. */
export type Reply = (command: "MAIL" | "RCPT" | "DATA", address: string) => string | undefined;

/** A mail server that keeps what it is given. It speaks plain SMTP and accepts any password. */
export class SmtpSink {
  readonly mails: Mail[] = [];
  /** Set to refuse: return `"550 no such user"` and the like, or nothing to accept. */
  reply: Reply = () => undefined;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: NetServer,
    readonly port: number,
  ) {}

  static start(): Promise<SmtpSink> {
    return new Promise((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (!address || typeof address !== "object") return reject(new Error("no port"));
        const sink = new SmtpSink(server, address.port);
        server.on("connection", (socket) => sink.talk(socket));
        resolve(sink);
      });
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Mails to one address, compared as people do. */
  to(address: string): Mail[] {
    return this.mails.filter((mail) => mail.to.some((to) => to.toLowerCase() === address.toLowerCase()));
  }

  private talk(socket: Socket): void {
    let buffered = "";
    let mail: Mail = { from: "", to: [], raw: "" };
    let data: string[] | undefined;
    let secrets = 0;
    this.open.add(socket);
    socket.on("close", () => this.open.delete(socket)).on("error", () => socket.destroy());
    const say = (line: string) => socket.write(`${line}\r\n`);
    const address = (line: string) => line.match(/<([^>]*)>/)?.[1] ?? "";

    const inData = (line: string) => {
      if (line !== ".") return void data!.push(line.startsWith(".") ? line.slice(1) : line);
      mail.raw = `${data!.join("\r\n")}\r\n`;
      data = undefined;
      const refused = this.reply("DATA", mail.to[0] ?? "");
      if (!refused) this.mails.push(mail);
      mail = { from: "", to: [], raw: "" };
      say(refused ?? `250 kept as ${this.mails.length}`);
    };
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (secrets > 0) return say(--secrets > 0 ? "334 UGFzc3dvcmQ6" : "235 welcome");
      if (verb === "EHLO") return say("250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN");
      if (verb === "HELO" || verb === "NOOP" || verb === "RSET") return say("250 fine");
      if (verb === "AUTH") {
        if (line.split(" ").length > 2) return say("235 welcome");
        secrets = /login/i.test(line) ? 2 : 1;
        return say(secrets === 2 ? "334 VXNlcm5hbWU6" : "334 ");
      }
      if (verb === "MAIL") return (mail = { from: address(line), to: [], raw: "" }), say(this.reply("MAIL", mail.from) ?? "250 fine");
      if (verb === "RCPT") {
        const refused = this.reply("RCPT", address(line));
        if (!refused) mail.to.push(address(line));
        return say(refused ?? "250 fine");
      }
      if (verb === "DATA") return (data = []), say("354 go on");
      if (verb === "QUIT") return say("221 goodbye"), socket.end();
      return say("502 what");
    };

    say("220 sink ready");
    socket.on("data", (piece) => {
      buffered += piece.toString("latin1");
      const lines = buffered.split("\r\n");
      buffered = lines.pop()!;
      for (const line of lines) data ? inData(line) : command(line);
    });
  }
}
