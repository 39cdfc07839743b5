// Builds a template on the host's own programs, and prints what its steps said.
import { Bedplate } from "@bedplate/sdk";

const client = new Bedplate({
  url: process.env["BEDPLATE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["BEDPLATE_KEY"],
});

const { id } = await client.templates.build({
  name: "greeter",
  from: "host",
  steps: [
    { kind: "RUN", command: "echo hello > /opt/greeting", user: "root" },
    { kind: "ENV", variables: { GREETING: "/opt/greeting" } },
  ],
});
for await (const { text } of client.templates.logs(id, { follow: true })) console.log(text);
const { phase, root, failure } = await client.templates.wait(id);
console.log(phase, root ?? failure?.message);
