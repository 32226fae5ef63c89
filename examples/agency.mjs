// A partner agency's consumer, as short as can be; docs/partners.md explains each step. Only `npm install amqplib`.
// AMQP_URL: your user and virtual host. AGENCY: your code in the directory. BOOK: where it remembers. With ANSWER, for
// trying it out, it accepts and answers everything with that text; without, it says that it has each referral.
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import amqp from "amqplib";

const { AMQP_URL, AGENCY, ANSWER, BOOK = "referrals.jsonl" } = process.env;
const kinds = ANSWER ? ["received", "accepted", "answered"] : ["received"];
const book = new Map(); // referral's id → when it was noted, and whether it was recalled
for (const line of existsSync(BOOK) ? readFileSync(BOOK, "utf8").split("\n") : []) {
  try { const entry = JSON.parse(line); book.set(entry.id, entry); } catch { /* torn by a crash: it comes again */ }
}

function note(entry) { // on the disk first
  const file = openSync(BOOK, "a");
  writeSync(file, `\n${JSON.stringify(entry)}`);
  fsyncSync(file);
  closeSync(file);
  book.set(entry.id, entry);
}

function read(content) { // an event about a referral, or an error
  const event = JSON.parse(content);
  for (const name of ["referral_id", "appeal_id"]) if (typeof event.data[name] !== "string") throw new TypeError(`no ${name}`);
  return event;
}

function take(event) { // note the referral, unless it is known, or its recall; returns what to say, as often as it comes
  const id = event.data.referral_id;
  const known = book.get(id), recalled = event.type === "kz.joldau.referral.recalled.v1";
  if (!recalled && event.type !== "kz.joldau.referral.issued.v1") { // a reminder, or a type that came later
    console.log("left", event.type, id);
    return [];
  }
  if (!known || (recalled && !known.recalled)) note({ id, at: known?.at ?? new Date().toISOString(), recalled, told: event.data });
  console.log(recalled ? "recalled" : "have", id);
  return book.get(id).recalled ? [] : kinds.map((kind) => reply(kind, event.data, book.get(id).at));
}

function reply(kind, { referral_id, appeal_id }, at) { // the same words have the same id and bytes: repeating changes nothing
  const hash = createHash("sha1").update(Buffer.from(referral_id.replaceAll("-", ""), "hex")).update(kind).digest();
  hash[6] = (hash[6] & 0x0f) | 0x50; hash[8] = (hash[8] & 0x3f) | 0x80; // UUID version 5 (RFC 9562)
  const id = hash.toString("hex", 0, 16).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  const data = { referral_id, appeal_id, kind, occurred_at: at, ...(kind === "answered" && { text: ANSWER }) };
  return { specversion: "1.0", id, source: `/agencies/${AGENCY}`, type: "kz.joldau.referral.reply.v1", time: at,
    subject: appeal_id, datacontenttype: "application/json", data };
}

async function handle(channel, delivery) {
  let event;
  try { event = read(delivery.content); } catch (error) {
    console.log("unreadable:", error.message);
    return channel.nack(delivery, false, false); // back to the sender, where a person looks at it
  }
  for (const said of take(event)) channel.publish(`replies.${AGENCY}`, "referral.reply.v1", Buffer.from(JSON.stringify(said)),
    { messageId: said.id, type: said.type, contentType: "application/cloudevents+json; charset=utf-8", persistent: true });
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

for (;;) { // when the connection breaks, begin anew: what was not acknowledged comes again
  await serve().catch((error) => console.log("disconnected:", error.message));
  await sleep(1000);
}
