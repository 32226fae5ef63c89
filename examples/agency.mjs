// A partner agency's consumer; docs/partners.md explains each step. Needs `npm install amqplib`, nothing of ours.
// AMQP_URL: your user and virtual host. AGENCY: your code in the directory. BOOK: where it remembers. DOCUMENTS: where
// it keeps those of the applicants. With ANSWER, for trying it out, it accepts and answers everything with that text;
// without, it says that it has each referral.
import { createHash, randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import amqp from "amqplib";

const { AMQP_URL, AGENCY, ANSWER, BOOK = "referrals.jsonl", DOCUMENTS = "documents" } = process.env;
const [ISSUED, RECALLED, REPLY] = ["issued", "recalled", "reply"].map((word) => `kz.joldau.referral.${word}.v1`);
const KINDS = ["received", "accepted", "answered"];
const book = new Map(); // referral's id → what was noted of it
for (const line of existsSync(BOOK) ? readFileSync(BOOK, "utf8").split("\n") : []) {
  try { const entry = JSON.parse(line); book.set(entry.id, entry); } catch { /* torn by a crash: it comes again */ }
}

function take({ type, data }) { // note the referral, unless it is known, or its recall; returns what to say, as often as it comes
  const { referral_id: id, appeal_id: subject } = data;
  if (type !== ISSUED && type !== RECALLED) return []; // a reminder, or a type that came later
  if (typeof id !== "string" || typeof subject !== "string") throw new TypeError("it names no referral");
  if (!(data.attachments ?? []).every((one) => typeof one?.sha256 === "string")) throw new TypeError("no documents");
  const { recalled: over = false, at = new Date().toISOString(), ids = KINDS.map(() => randomUUID()) } = book.get(id) ?? {};
  const entry = { id, recalled: over || type === RECALLED, at, ids, data }; // ids of its replies: to repeat them changes nothing
  if (!book.has(id) || entry.recalled !== over || data.attachments?.length) appendFileSync(BOOK, `\n${JSON.stringify(entry)}`, { flush: true });
  book.set(id, entry); // now that it is on the disk
  console.log(entry.recalled ? "recalled" : "have", id);
  return entry.recalled ? [] : KINDS.slice(0, ANSWER ? 3 : 1).map((kind, n) => ({
    specversion: "1.0", id: ids[n], source: `/agencies/${AGENCY}`, type: REPLY, time: at, subject,
    data: { referral_id: id, appeal_id: subject, kind, occurred_at: at, ...(kind === "answered" && { text: ANSWER }) },
  }));
}

async function fetchAttached({ referral_id: id, attachments = [] }, again = false) { // each is kept under its hash
  for (const { sha256, reference, good_until: until } of attachments) {
    const kept = join(DOCUMENTS, sha256);
    if (existsSync(kept) || (again && Date.parse(until) < Date.now())) continue;
    try {
      const answer = await fetch(reference, { signal: AbortSignal.timeout(10_000) });
      const content = Buffer.from(await answer.arrayBuffer());
      if (!answer.ok) throw new Error(answer.status); // 410: the reference has expired; a replay brings a new one
      if (createHash("sha256").update(content).digest("hex") !== sha256) throw new Error("it came broken");
      writeFileSync(`${kept}.part`, content, { flush: true });
      renameSync(`${kept}.part`, kept);
    } catch (error) { console.log("no document yet of", id, error.message); }
  }
}

async function fetchAgain() { // every minute, what could not be fetched before, as long as its references are good
  for (;;) {
    for (const { recalled, data } of book.values()) if (!recalled) await fetchAttached(data, true);
    await sleep(60_000);
  }
}

async function handle(channel, delivery) {
  let replies;
  try {
    const event = JSON.parse(delivery.content);
    replies = take(event);
    if (replies.length) await fetchAttached(event.data);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error; // such as a full disk
    console.log("unreadable:", error.message);
    return channel.nack(delivery, false, false); // back to the sender, where a person looks at it
  }
  for (const said of replies) channel.publish(`replies.${AGENCY}`, "referral.reply.v1", Buffer.from(JSON.stringify(said)),
    { messageId: said.id, type: REPLY, contentType: "application/cloudevents+json; charset=utf-8", persistent: true });
  await channel.waitForConfirms(); // they are on the broker's disk
  channel.ack(delivery); // last: whatever fails before, the referral comes again
}

async function serve() { // one connection, until it breaks
  const connection = await amqp.connect(AMQP_URL);
  const broken = new Promise((resolve) => { connection.on("close", resolve); connection.on("error", () => {}); });
  const channel = await connection.createConfirmChannel();
  channel.on("error", (error) => console.log("refused:", error.message)).on("close", () => connection.close().catch(() => {}));
  await channel.prefetch(20);
  let last = Promise.resolve(); // one after the other
  await channel.consume(`referrals.${AGENCY}`, (delivery) => {
    last = last.then(() => handle(channel, delivery)).catch(() => connection.close().catch(() => {}));
  });
  await broken;
}

mkdirSync(DOCUMENTS, { recursive: true });
fetchAgain();
for (;;) { // when the connection breaks, begin anew: what was not acknowledged comes again
  await serve().catch((error) => console.log("disconnected:", error.message));
  await sleep(1000);
}
