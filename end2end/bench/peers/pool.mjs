// The peer of a campaign: nodemailer with its pool, as its manual shows it. It keeps nothing: no ledger, no consent, no limits.
// Arguments: port, connections, mails, file with frozen mails.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, connections, count, file] = process.argv.slice(2);
const frozen = JSON.parse(readFileSync(file, "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
});

let next = 0;
async function lane() {
  while (next < Number(count)) {
    const number = next++;
    const { subject, html, text, headers } = frozen[number % frozen.length];
    await transport.sendMail({
      from: { name: "Bench", address: "post@lovstraede.example" },
      to: `peer${number}@example.com`,
      subject,
      html,
      text,
      headers,
    });
  }
}
// Twice as many as connections, so that none of them waits for us.
await Promise.all(Array.from({ length: 2 * Number(connections) }, lane));
transport.close();
