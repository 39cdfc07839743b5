// What the guest did is in the answer; what the platform could not do is thrown.
import { isFault } from "@bedplate/errors";
import { Bedplate } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});

const endless = { slot: "javascript", artifact: "for (;;);", wait: true };
const run = await client.runs.submit({ ...endless, budget: { fuel: 1_000_000 } });
console.log(run.outcome);

try {
  await client.runs.submit({ ...endless, slot: "cobol" });
} catch (error) {
  if (!isFault(error)) throw error;
  const { code, retry, detail } = error.fault;
  console.log(code, retry, detail);
}
