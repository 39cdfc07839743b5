// Stores a module once, and calls a function of it.
import { readFileSync } from "node:fs";
import { Bedplate } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});

const { digest } = await client.artifacts.put(readFileSync("examples/add.wasm"));
for (const args of [
  ["2", "3"],
  ["20", "22"],
]) {
  const run = await client.runs.submit({
    slot: "wasm",
    artifact: { digest },
    entry: "add",
    args,
    wait: true,
  });
  console.log(args.join(" + "), "=", run.outcome?.output);
}
