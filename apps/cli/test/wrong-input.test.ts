import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfig, listen, openServer } from "@bedplate/server";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands, runCli } from "../src/index.ts";

const scratch = openScratchFolder("bedplate-wrong");
const at = (name: string) => join(scratch.path, name);
const files: Readonly<Record<string, string>> = {
  "a.py": "print(1)\n",
  "a.txt": "nothing that an environment knows\n",
  "half.json": "{",
  "list.json": "[1]",
  "unknown.json": '{"limts":{}}',
  "port.json": '{"listen":{"port":"x"}}',
  "excess.json": '{"onExcess":"maybe"}',
  "negative.json": '{"ceiling":{"fuel":-1}}',
  "host.docker": "FROM host\n",
  "scratch.docker": "FROM scratch\n",
  "stages.docker": "FROM host\nFROM host\n",
  "programs.json": '{"programs":{"echo":{"text":"x"}}}',
  "tests.json": '{"a test":{"pre":{},"post":{}}}',
};
const variables = ["TMPDIR", "BEDPLATE_DATA", "BEDPLATE_CONFIG", "BEDPLATE_URL", "BEDPLATE_KEY"];
const earlier = variables.map((name) => [name, process.env[name]] as const);

beforeAll(() => {
  for (const name of ["tmp", "empty"]) mkdirSync(at(name));
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  for (const name of variables) delete process.env[name];
  process.env["TMPDIR"] = at("tmp");
  process.env["BEDPLATE_DATA"] = at("data");
});
afterAll(() => {
  for (const [name, value] of earlier) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  scratch[Symbol.dispose]();
});

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process; a word that begins with `@` is a file of the scratch folder. */
async function bedplate(argv: readonly string[]): Promise<Finished> {
  const said = { out: "", err: "" };
  const code = await runCli(
    argv.map((each) => each.replace(/^@(\w*)/, (_, name: string) => at(name))),
    {
      signal: new AbortController().signal,
      open: ({ isJson }) => ({
        isJson,
        out: (text) => {
          said.out += Buffer.from(text).toString();
        },
        err: (text) => {
          // How long a loaded machine takes is not what this is about.
          if (!text.startsWith("bedplate: preparing")) said.err += text;
        },
      }),
    },
  );
  return { code, ...said };
}

/** What is wrong, which code it has to answer, and what its line has to say. */
const wrong: readonly (readonly [line: string, code: number, says: string])[] = [
  ["frobnicate", 64, 'there is no command "frobnicate"'],
  ["runs frobnicate", 64, 'there is no command "runs frobnicate"'],
  ["help frobnicate", 64, 'there is no command "frobnicate"'],
  ["machine frobnicate", 64, 'there is no command "machine frobnicate"'],
  ["machine create --ttl soon --slot fake-machine", 65, "--ttl soon"],
  ["machine create --var A --slot fake-machine", 64, "--var A is not of the form NAME=VALUE"],
  ["machine create --label =b --slot fake-machine", 64, "--label =b is not of the form NAME=VALUE"],
  ["machine create --on-expiry explode --slot fake-machine", 64, "--on-expiry explode is not one"],
  ["machine create --cpu many --slot fake-machine", 64, "--cpu many is not a whole number"],
  ["machine create --image @none.tar --slot fake-machine", 66, "there is no such file"],
  ["machine create --slot none", 66, "no node has it"],
  ["machine create --volume kept --slot fake-machine", 64, "is not of the form NAME:/path"],
  ["machine create --volume kept:/d:no --slot fake-machine", 64, "is not of the form NAME:/path"],
  ["volume create", 64, "the name of a volume is missing"],
  ["volume create kept --slot fake-machine", 64, "--size is missing"],
  ["volume create kept --size much --slot fake-machine", 65, "--size much"],
  ["volume create kept --size 1m --slot none", 65, "/bytes"],
  ["volume create Kept --size 1g --slot none", 65, "/name"],
  [
    "volume create kept --size 1g --label x --slot fake-machine",
    64,
    "--label x is not of the form",
  ],
  ["volume create kept --size 1g --slot none", 66, "no node has it"],
  ["volume ls --limit few", 64, "--limit few is not a whole number"],
  ["volume get none", 66, "Cannot find volume/none"],
  ["volume rm none", 66, "Cannot find volume/none"],
  ["machine ls --limit few", 64, "--limit few is not a whole number"],
  ["machine ls --labels x", 65, "it must be name=value"],
  ["machine get", 64, "the id of a machine is missing"],
  ["machine get none", 66, "Cannot find machine/none"],
  ["machine exec", 64, "the id of a machine is missing"],
  ["machine exec m1", 64, "a program is missing"],
  ["machine exec none id", 66, "Cannot find machine/none"],
  ["machine shell none", 66, "Cannot find machine/none"],
  ["machine cp @a.py", 64, "where to copy it is missing"],
  ["machine cp @a.py @b.py", 64, "one of the two has to be MACHINE:PATH"],
  ["machine logs none", 66, "Cannot find machine/none"],
  ["machine top none", 66, "Cannot find machine/none"],
  ["machine pause none", 66, "Cannot find machine/none"],
  ["machine resume none", 66, "Cannot find machine/none"],
  ["machine stop none", 66, "Cannot find machine/none"],
  ["machine snapshot none", 66, "Cannot find machine/none"],
  ["machine snapshot none --scope all", 64, "--scope all is not one of files, machine"],
  ["machine snapshots --rm none", 66, "Cannot find snapshot/none"],
  ["machine fork none", 66, "Cannot find machine/none"],
  ["machine fork none --count x", 64, "--count x is not a whole number"],
  ["machine port none", 64, "a port is missing"],
  ["machine port none x", 64, '"x" is no port'],
  ["machine port none 80", 66, "Cannot find a server"],
  ["machine network none", 66, "Cannot find machine/none"],
  ["machine rm none", 66, "Cannot find machine/none"],
  ["run", 64, "a file, a folder or - is missing"],
  ["run @none.py", 66, "there is no such file"],
  ["run @empty", 65, "it has none of main.py"],
  ["run @a.py --frob", 64, "Unknown option '--frob'"],
  ["run @a.py --fuel", 64, "Option '--fuel <value>' argument missing"],
  ["run @a.py --fuel lots", 65, "--fuel lots"],
  ["run @a.py --fuel -1", 64, "'--fuel' argument is ambiguous"],
  ["run @a.py --fuel=-1", 65, "--fuel -1"],
  ["run @a.py --memory 1x", 65, "--memory 1x"],
  ["run @a.py --timeout soon", 65, "--timeout soon"],
  ["run @a.py --output-max much", 65, "--output-max much"],
  ["run @a.py --var NONE", 64, "--var NONE is not of the form NAME=VALUE"],
  ["run @a.py --var =x", 64, "--var =x is not of the form"],
  ["run @a.py --stdin @none", 66, "there is no such file"],
  ["run @a.py --input @none", 66, "there is no such file"],
  ["run @a.py --input @a.py --arg x", 64, "--input excludes --arg"],
  ["run @a.py x --input @a.py", 64, "--input excludes x"],
  ["run - --stdin -", 64, "standard input is the program already"],
  ["run @a.py --env cobol", 66, "nothing is bound to it"],
  ["up extra", 64, '"extra" is one word too many'],
  ["up --port x", 64, "--port x is not a whole number"],
  ["up --port 70000", 65, "/listen/port breaks maximum 65535"],
  ["up --config @none.json", 66, "there is no such file"],
  ["up --config @half.json", 65, "Cannot read the configuration"],
  ["up --config @list.json", 65, "must be of type object"],
  ["up --config @unknown.json", 65, 'is it "limits"?'],
  ["up --config @port.json", 65, "/listen/port must be of type integer"],
  ["env ls extra", 64, "one word too many"],
  ["env inspect", 64, "a slot is missing"],
  ["env inspect cobol", 66, "nothing is bound to it"],
  ["env conform", 64, "a slot, --command or --module is missing"],
  ["env conform cobol", 66, "this distribution has wasm"],
  ["env conform fake --only ZZ", 66, "no case of the suite"],
  ["env conform fake --programs @a.py", 64, "--programs goes with"],
  ["env conform fake --module @a.py", 64, "a slot excludes --command and --module"],
  ["env conform --module @none.ts", 66, "there is no such file"],
  ["env conform --command python3", 64, "names no file"],
  ["env conform --command ./a.py --programs @half.json", 66, "there is no such file"],
  ["env conform --command @a.py --programs @half.json", 65, "Cannot read the programs"],
  ["env conform --command @a.py --programs @programs.json", 65, 'it has no program "fail"'],
  ["env decode", 64, "a file is missing"],
  ["env decode @none.wasm", 66, "there is no such file"],
  ["env decode --fork Moon @half.json", 65, "Moon is none of Frontier"],
  ["evm bench", 64, "a state test is missing"],
  ["evm bench @none.json", 66, "there is no such file"],
  ["evm bench @half.json", 65, "Cannot read"],
  ["evm bench @tests.json", 65, "Cannot measure"],
  ["evm bench @tests.json --rounds 0", 64, "--rounds is from 1 to 1000"],
  ["evm diff --seed x", 64, "--seed x is not a whole number"],
  ["evm diff --tier 3", 64, "--tier 3 is not one of background, immediate, off"],
  ["evm diff extra", 64, "one word too many"],
  ["evm run", 64, "the code is missing"],
  ["evm run 0xzz", 65, "the code is not hexadecimal"],
  ["evm run 00 --fork Moon", 65, "Moon is none of Frontier"],
  ["evm run 00 --fork Amsterdam", 65, "Amsterdam needs --experimental"],
  ["evm run 00 --fork Amsterdam --experimental", 65, "this engine does not have them yet"],
  ["evm run 00 --engine other", 64, "--engine other is not one of compiled, reference"],
  ["evm run 00 --gas lots", 65, "lots is not a number"],
  ["evm run 00 --sender 0x12", 65, "is not an address of 20 bytes"],
  ["evm run 00 --input 0x1", 65, "it is not hexadecimal"],
  ["evm run 00 --codefile @a.txt", 64, "CODE and --codefile exclude each other"],
  ["evm run --codefile @none", 66, "there is no such file"],
  ["evm run 00 --prestate @list.json", 65, "prestate is not an object"],
  ["evm run 00 --trace.format xml", 64, "--trace.format xml is not one of json"],
  ["evm statetest @none.json", 66, "there is no such file"],
  ["evm statetest @half.json", 65, "is not JSON"],
  ["evm statetest @tests.json", 65, "is not an object"],
  ["evm statetest @empty", 65, "Cannot read"],
  ["evm statetest @tests.json --run (", 64, "is not a regular expression"],
  ["evm statetest @tests.json --engine other", 64, "is not one of compiled, reference"],
  ["evm statetest @tests.json --statetest.index x", 64, "is not a whole number"],
  ["evm t8n --state.fork Moon", 65, "Moon is none of Frontier"],
  ["evm t8n --input.alloc @none.json", 66, "there is no such file"],
  ["evm t8n --input.alloc @half.json", 65, "Cannot read"],
  ["evm t8n --input.alloc @list.json --input.env @list.json --input.txs @list.json", 65, "env is"],
  ["evm t8n extra", 64, "one word too many"],
  ["runs ls --limit x", 64, "--limit x is not a whole number"],
  ["runs ls --limit 0", 65, "/limit breaks minimum 1"],
  ["runs ls --limit 1000", 65, "/limit breaks maximum 200"],
  ["runs ls --phase gone", 64, "queued, running, done, failed, cancelled"],
  ["runs ls --cursor nonsense", 65, "/cursor is not of this listing"],
  ["runs ls --labels nonsense", 65, "must be name=value"],
  ["runs ls --url nonsense", 64, "--url nonsense is not the URL of a server"],
  ["runs ls --url ftp://host", 64, "is not the URL of a server"],
  ["runs ls --url http://127.0.0.1:2", 69, "Cannot reach the server"],
  ["runs ls --key nonsense", 77, "Cannot accept the API key"],
  ["runs get", 64, "the id of a run is missing"],
  ["node ls extra", 64, "one word too many"],
  ["node get", 64, "the name of a node is missing"],
  ["node get none", 66, "Cannot find node/none"],
  ["node drain", 64, "the name of a node is missing"],
  ["node drain none", 66, "Cannot find a server"],
  ["node undrain", 64, "the name of a node is missing"],
  ["node undrain none", 66, "Cannot find a server"],
  ["agent extra", 64, "one word too many"],
  ["agent --port many", 64, "--port many is not a whole number"],
  ["runs get nope", 66, "Cannot find run/nope"],
  ["runs get ../../x", 66, "Cannot find run/../../x"],
  ["runs logs nope", 66, "Cannot find run/nope"],
  ["runs logs nope --follow", 66, "Cannot find run/nope"],
  ["runs cancel nope", 66, "Cannot find run/nope"],
  ["runs replay nope", 66, "Cannot find run/nope"],
  ["events --follow", 66, "Cannot find a server"],
  ["events --follow --limit 3", 64, "--limit is of a page"],
  ["events --after zz", 65, "/after"],
  ["events --kind Machine", 65, "/kinds"],
  ["events --limit 0", 65, "/limit"],
  ["webhook add", 64, "a URL is missing"],
  ["webhook add ftp://example.com", 65, "/url"],
  ["webhook add https://127.0.0.1/hook", 65, "its address is not public"],
  ["webhook add https://example.com/ --kind Machine", 65, "/kinds/0"],
  ["webhook rotate", 64, "the id of a webhook is missing"],
  ["webhook rotate nope", 66, "Cannot find webhook/nope"],
  ["webhook rotate nope --keep forever", 65, "forever"],
  ["webhook deliveries nope", 66, "Cannot find webhook/nope"],
  ["webhook redeliver nope", 64, "the id of a delivery is missing"],
  ["webhook redeliver nope none", 66, "Cannot find webhook/nope"],
  ["webhook rm nope", 66, "Cannot find webhook/nope"],
  ["ledger create", 64, "the name of a ledger is missing"],
  ["ledger create Bank", 65, "/name must match"],
  ["ledger create bank --slot cobol", 66, "nothing is bound to it"],
  ["ledger create bank --order best", 64, "arrival, priority, gas-price"],
  ["ledger create bank --scheduler fast", 64, "serial, optimistic, access-list"],
  ["ledger create bank --commitment none", 65, "there are sha256-radix16"],
  ["ledger create bank --retain 0", 65, "/retainBatches breaks minimum 1"],
  ["ledger create bank --genesis @none.json", 66, "there is no such file"],
  ["ledger create bank --alloc @none.json", 66, "there is no such file"],
  ["ledger create bank --alloc @list.json", 65, "alloc is not an object"],
  ["ledger create bank --alloc @port.json", 65, "listen is not an address of 20 bytes"],
  ["ledger create bank --alloc @a.json --genesis @a.json", 64, "--alloc excludes --genesis"],
  ["ledger create bank --genesis @list.json", 64, "holds no object of texts by key"],
  ["ledger create bank --genesis @port.json", 64, 'the value of "listen" is no text'],
  ["ledger get none", 66, "Cannot find ledger/none"],
  ["ledger submit none", 64, "a file or a digest is missing"],
  ["ledger submit none @none.wasm", 66, "there is no such file"],
  ["ledger submit none @a.py", 66, "Cannot find ledger/none"],
  ["ledger submit none @a.py --hex 0", 64, "--hex takes pairs of hex digits"],
  ["ledger submit none @a.py --hex 00 --text x", 64, "excludes"],
  ["ledger submit none @a.py --priority x", 64, "--priority x is not a whole number"],
  ["ledger batch none", 66, "Cannot find ledger/none"],
  ["ledger batch none first", 64, '"first" is not the number of a batch'],
  ["ledger receipts none", 66, "Cannot find ledger/none"],
  ["ledger state none", 66, "Cannot find ledger/none"],
  ["ledger rollback none", 64, "the number of a batch is missing"],
  ["ledger rollback none 0", 66, "Cannot find ledger/none"],
  ["ledger export none", 64, "a file to write is missing"],
  ["ledger export none @out", 66, "Cannot find ledger/none"],
  ["ledger import bank @none", 66, "there is no such file"],
  ["ledger import bank @a.py", 65, "Cannot read the snapshot"],
  ["template build", 64, "the name of a template is missing"],
  ["template build t --file @none", 66, "there is no such file"],
  ["template build t --context @empty", 66, "there is no such file"],
  ["template build t --file @a.txt", 64, "line 1: NOTHING is not known"],
  ["template build t --file @scratch.docker", 64, "scratch has no shell"],
  ["template build t --file @stages.docker", 64, "line 2: several stages are not known"],
  ["template build t --file @host.docker --slot none", 66, "nothing is bound to it"],
  ["template build T! --file @host.docker --slot wasm", 65, "/name must match"],
  ["template build t --file @host.docker --ready x", 64, "need --start"],
  ["template build t --file @host.docker --start x --ready-within soon", 65, "--ready-within soon"],
  ["template get", 64, "the name of a template is missing"],
  ["template get none", 66, "Cannot find template/none"],
  ["template logs nope", 66, "Cannot find build/nope"],
  ["template rm none", 66, "Cannot find template/none"],
  ["image pull", 64, "the name of an image is missing"],
  ["image pull A//b", 65, "its repository is not of small letters"],
  ["image pull registry.invalid/a", 77, "templates.registries"],
  ["image load a", 64, "an archive is missing"],
  ["image load a @none", 66, "there is no such file"],
  ["image load a @a.txt", 65, "Cannot"],
  ["image rm none", 66, "Cannot find image/docker.io/library/none:latest"],
  ["slots bind echo", 64, "a release is missing"],
  ["slots bind echo wasm", 64, "write name@version"],
  ["slots bind Echo! wasm@1.0.0", 65, "lower-case letters"],
  ["slots bind echo none@1.0.0", 66, "not registered on this host"],
  ["slots swap wasm", 64, "a release is missing"],
  ["slots swap wasm wasm@9.9.9", 66, "Cannot find a server"],
  ["slots swap wasm wasm@9.9.9 --drain soon", 65, "--drain soon"],
  ["slots unbind", 64, "a slot is missing"],
  ["slots unbind none", 66, "nothing is bound to it"],
  ["slots unbind none --drain 9999h", 65, "/drainMs breaks maximum"],
  ["slots policy", 64, "a slot is missing"],
  ["slots policy wasm --set @none.json", 66, "there is no such file"],
  ["slots policy wasm --set @half.json", 65, "Cannot read"],
  ["slots policy wasm --set @list.json", 65, "/0 is not a known key"],
  ["slots policy wasm --set @excess.json", 65, "/onExcess"],
  ["slots policy wasm --set @negative.json", 65, "/ceiling/fuel breaks minimum 0"],
  ["releases register", 64, "--command or --module is missing"],
  ["releases register --folder @empty", 64, "--folder goes with"],
  ["releases register --command x --module y", 64, "exclude each other"],
  ["releases register --command @a.py --export p", 64, "--export goes with --module"],
  ["releases register --command @a.py", 77, "names no plugins.folder"],
  ["releases register --module @a.py --settings @half.json", 65, "Cannot read"],
  ["releases register --module @a.py --settings @list.json", 65, "/config must be of type object"],
  ["releases register --module @a.py --digest abc", 65, "/files must match"],
  ["releases retire", 64, "a release is missing"],
  ["releases retire x", 64, "write name@version"],
  ["releases retire x@1.0.0", 66, "Cannot find a server"],
  ["releases retire x@1.0.0 --orphans keep", 64, "refuse, migrate, stop"],
  ["journal --limit x", 64, "not a whole number"],
  ["journal --cursor nonsense", 65, "/cursor is not of this listing"],
  ["projects put", 64, "the name of a project is missing"],
  ["projects put demo", 64, "--concurrent-runs is missing"],
  ["projects put demo --concurrent-runs x", 64, "not a whole number"],
  ["projects put demo --concurrent-runs 0", 65, "breaks minimum 1"],
  ["projects put Demo! --concurrent-runs 1", 65, "/id must match"],
  ["keys ls extra", 64, "one word too many"],
  ["keys create", 64, "a label is missing"],
  ["keys create x --role king", 64, "viewer, runner, admin"],
  ["keys create x --project Demo!", 65, "/project must match"],
  ["keys revoke", 64, "the id of a key is missing"],
  ["keys revoke nope", 66, "Cannot revoke key/nope"],
  ["config show extra", 64, "one word too many"],
  ["config show --config @none.json", 66, "there is no such file"],
  ["doctor extra", 64, "one word too many"],
  ["completion", 64, "the name of a shell is missing"],
  ["provider ls --config @unknown.json", 65, 'is it "limits"?'],
  ["provider conform", 64, "a URL is missing"],
  ["provider conform postgres://h", 65, "name one with --contract"],
  ["provider conform postgre://h --contract state", 65, 'is it "postgres:"?'],
  ["provider conform memory: --contract stat", 64, "--contract stat is not one of"],
  ["provider conform memory:?x=1 --contract state", 65, "/x is not a known setting"],
  ["provider conform redis://127.0.0.1:1 --contract cache", 69, "Cannot"],
  ["provider conform x: --module @none.mjs", 65, "Cannot load the provider module"],
  ["provider conform x: --module @half.json", 65, "Cannot load the provider module"],
  ["provider copy", 64, "--to-state is missing"],
  ["provider copy --to-state memory:", 64, "--to-blob is missing"],
  ["provider copy --to-state x: --to-blob memory:", 65, "must begin with one of"],
  ["completion fish", 64, "there is no completion for fish"],
];

test("every command has a case here", () => {
  const named = (name: string) => wrong.some(([line]) => `${line} `.startsWith(`${name} `));
  expect(commands.map((each) => each.name).filter((each) => !named(each))).toEqual([
    // They take nothing that could be wrong but words too many.
    "webhook ls",
    "ledger ls",
    "template ls",
    "image ls",
    "releases ls",
    "projects ls",
  ]);
});

test.each(wrong)("bedplate %s answers %i", async (line, code, says) => {
  const { out, err, ...rest } = await bedplate(line.split(" "));
  expect({ ...rest, out, err }).toMatchObject({ code, out: "" });
  expect(err).toMatch(/^bedplate: [^\n]+\n$/);
  expect(err).toContain(says);
});

test("with --json the fault is on standard output, whole", async () => {
  const { code, out, err } = await bedplate(["runs", "get", "nope", "--json"]);
  expect({ code, err }).toEqual({ code: 66, err: "" });
  expect(JSON.parse(out)).toMatchObject({ fault: { code: "resource.missing" } });
});

test("what was wrong left nothing behind", async () => {
  const read = async (...argv: string[]) =>
    JSON.parse((await bedplate([...argv, "--json"])).out) as Readonly<Record<string, object[]>>;
  expect((await read("runs", "ls"))["runs"]).toEqual([]);
  expect((await read("keys", "ls"))["keys"]).toHaveLength(1);
  expect((await read("projects", "ls"))["projects"]).toEqual([]);
  const { events = [] } = await read("journal");
  const made = new Set(events.map((each) => (each as { action: string }).action));
  expect([...made].filter((each) => !["release-registered", "slot-bound"].includes(each))).toEqual(
    [],
  );
  expect(readdirSync(at("tmp"))).toEqual([]);
  expect(readdirSync(at("empty"))).toEqual([]);
});

test("a server refuses what it does not know, and a port that is taken is named", async () => {
  const config = checkConfig({ data: "memory:", environments: { fake: { isEnabled: true } } });
  await using server = await openServer(config, { slots: ["fake"], log: silentLog });
  await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const to = ["--url", listening.url, "--key", server.adminKey];
  const swapped = await bedplate(["slots", "swap", "fake", "fake@9.9.9", ...to]);
  expect(swapped).toMatchObject({ code: 66, out: "" });
  const retired = await bedplate(["releases", "retire", "none@1.0.0", ...to]);
  expect(retired.err).toContain("it is not on record");
  expect(retired.code).toBe(66);
  const { port } = new URL(listening.url);
  const taken = await bedplate([
    "up",
    "--port",
    port,
    "--data",
    "memory:",
    "--config",
    at("a.cfg"),
  ]);
  expect(taken.code).toBe(66);
  const again = listen(server, { host: "127.0.0.1", port: Number(port) });
  await expect(again).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}: another process does`);
  const far = listen(server, { host: "240.0.0.1", port: 0 });
  await expect(far).rejects.toThrow("Cannot listen on 240.0.0.1:0: EADDRNOTAVAIL");
});
