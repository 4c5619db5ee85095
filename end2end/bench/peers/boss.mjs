// The peer of the queue: pg-boss with batches of 100 per worker, and told to look again at once instead of after its
// half second, which is the best it can do. Arguments: database, jobs, milliseconds, workers, trickle.
import PgBoss from "pg-boss";

const [database, count, millis, workers, trickle] = process.argv.slice(2);
const boss = new PgBoss({ connectionString: database, max: Number(workers) + 4 });
boss.on("error", (error) => console.error(error));
await boss.start();
await boss.createQueue("nothing");
for (let n = 0; n < Number(count); n += 1000)
  await boss.insert(Array.from({ length: Math.min(1000, Number(count) - n) }, (_, i) => ({ name: "nothing", data: { n: n + i } })));

let done = 0;
let wanted = Number(count);
let reached;
const waits = [];
const all = () => new Promise((resolve) => (reached = resolve));
let waiting = all();
const begun = performance.now();
const ids = [];
for (let n = 0; n < Number(workers); n++) {
  const at = ids.length;
  ids.push(null);
  ids[at] = await boss.work("nothing", { batchSize: 100, pollingIntervalSeconds: 0.5 }, async (jobs) => {
    for (const job of jobs) if (job.data.at) waits.push(Date.now() - job.data.at);
    // Jobs of a batch at the same time, as its other workers' would be.
    if (Number(millis)) await new Promise((resolve) => setTimeout(resolve, Number(millis)));
    done += jobs.length;
    if (ids[at]) boss.notifyWorker(ids[at]);
    if (done === wanted) reached();
  });
}
await waiting;
while ((await boss.getQueueSize("nothing", { before: "completed" })) > 0) await new Promise((resolve) => setTimeout(resolve, 2));
const seconds = (performance.now() - begun) / 1000;

wanted += Number(trickle);
waiting = all();
for (let n = 0; n < Number(trickle); n++) {
  await boss.send("nothing", { at: Date.now() });
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (Number(trickle)) await waiting;
waits.sort((a, b) => a - b);
console.log(JSON.stringify({ per_second: Number(count) / seconds, p50_ms: waits[waits.length >> 1], p99_ms: waits[Math.floor(waits.length * 0.99)] }));
process.exit(0);
