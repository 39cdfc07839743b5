// Sends the same request twice: it becomes one run.
import { Bedplate } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});

const request = {
  slot: "javascript",
  artifact: "console.log('paid')",
  labels: { order: "17" },
  idempotencyKey: "order-17",
};
const first = await client.runs.submit(request);
const second = await client.runs.submit(request);
await client.runs.wait(first.id);
const { runs } = await client.runs.list({ labels: "order=17" });
console.log(first.id === second.id, runs.length);
