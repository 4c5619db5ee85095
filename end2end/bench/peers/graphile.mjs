// The peer of the queue: graphile-worker with its usual settings. Arguments: database, jobs, milliseconds, concurrency, trickle.
import { run, runMigrations, makeWorkerUtils, Logger } from "graphile-worker";
import pg from "pg";

const [database, count, millis, concurrency, trickle] = process.argv.slice(2);
const pgPool = new pg.Pool({ connectionString: database, max: Number(concurrency) + 4 });
const logger = new Logger(() => () => {});
await runMigrations({ pgPool, logger });
await pgPool.query(
  "SELECT graphile_worker.add_job('nothing', json_build_object('n', n)) FROM generate_series(1, $1::int) n",
  [count],
);

let done = 0;
let wanted = Number(count);
let reached;
const waits = [];
const taskList = {
  nothing: async (payload) => {
    if (payload.at) waits.push(Date.now() - payload.at);
    if (Number(millis)) await new Promise((resolve) => setTimeout(resolve, Number(millis)));
    if (++done === wanted) reached();
  },
};
const all = () => new Promise((resolve) => (reached = resolve));
const empty = async () => {
  while (Number((await pgPool.query("SELECT count(*) AS n FROM graphile_worker._private_jobs")).rows[0].n) > 0)
    await new Promise((resolve) => setTimeout(resolve, 2));
};

let waiting = all();
const begun = performance.now();
const runner = await run({ pgPool, taskList, logger, concurrency: Number(concurrency), noHandleSignals: true, pollInterval: 1000 });
await waiting;
await empty();
const seconds = (performance.now() - begun) / 1000;

const utils = await makeWorkerUtils({ pgPool, logger });
wanted += Number(trickle);
waiting = all();
for (let n = 0; n < Number(trickle); n++) {
  await utils.addJob("nothing", { at: Date.now() });
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (Number(trickle)) await waiting;
await runner.stop();
waits.sort((a, b) => a - b);
console.log(JSON.stringify({ per_second: Number(count) / seconds, p50_ms: waits[waits.length >> 1], p99_ms: waits[Math.floor(waits.length * 0.99)] }));
process.exit(0);
