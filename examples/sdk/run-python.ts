// Runs a Python program and prints what it wrote.
import { Bedplate, fromBytesView } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});

const accepted = await client.runs.submit({
  slot: "python",
  artifact: "import sys\nprint(sys.argv[1:])\n",
  args: ["a", "b"],
  budget: { wallMs: 10_000, memoryBytes: 256 * 2 ** 20 },
});
for await (const { topic, data } of client.runs.logs(accepted.id, { follow: true })) {
  if (topic === "stdout") process.stdout.write(fromBytesView(data));
}
const { outcome, receipt } = await client.runs.wait(accepted.id);
console.log(outcome?.kind, receipt?.slice(0, 14));
