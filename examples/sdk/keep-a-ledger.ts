// Keeps counts in a ledger: creates it, submits transactions, reads the state, and returns to an earlier one.
import { readFileSync } from "node:fs";
import { Bedplate } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});
const { artifacts, ledgers } = client;

const name = `counts-${Date.now()}`;
await ledgers.create({ name, slot: "wasm", order: "gas-price" });
const artifact = await artifacts.put(readFileSync("examples/contracts/counter.wasm"));
const five = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0);

for (const idempotencyKey of ["first", "second", "second"]) {
  const submitted = await ledgers.submit(name, {
    artifact,
    entry: "add",
    input: five,
    idempotencyKey,
    gasPrice: 3,
  });
  const { receipt } = await ledgers.wait(name, submitted.id);
  console.log(idempotencyKey, receipt?.outcome.kind);
}
const { batches } = await ledgers.batches(name);
console.log("batches", batches.length - 1, "transactions", batches[0]?.transactions);
const rolled = await ledgers.rollback(name, 1);
const { entries } = await ledgers.state(name);
console.log("after batch", rolled.batch, "keys", entries.length);
