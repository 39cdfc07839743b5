import type { Argv, MachineCommands } from "./conformance-machine.ts";

/** Where a machine has what its commands are written for. */
export interface PosixCommandsOptions {
  /** A POSIX shell, with `sleep` of fractions. Default: `/bin/sh`. */
  readonly shell?: string | undefined;
  /** Python 3, for sockets, clocks and memory. Default: `python3`. */
  readonly python?: string | undefined;
}

/**
 * The commands of a machine that has a POSIX shell, the usual tools and Python. What differs from
 * one kind of machine to the next (`cap`, and often `identity`) is the subject's to add.
 */
export function posixCommands(options: PosixCommandsOptions = {}): MachineCommands {
  const { shell = "/bin/sh", python = "python3" } = options;
  const sh = (script: string, ...values: readonly (string | number)[]): Argv => [
    ...[shell, "-c", script, "sh"],
    ...values.map(String),
  ];
  const py = (script: string, ...values: readonly (string | number)[]): Argv => [
    ...[python, "-c", script],
    ...values.map(String),
  ];
  return {
    say: (text) => sh('printf %s "$1"', text),
    complain: (text) => sh('printf %s "$1" >&2', text),
    everyByte: () => sh(everyByte),
    exit: (code) => sh('exit "$1"', code),
    copy: () => sh("exec cat"),
    flood: (bytes) => sh('exec head -c "$1" /dev/zero', bytes),
    idle: () => sh("exec sleep 1000000"),
    tick: (everyMs) => sh(tick, everyMs / 1000),
    terminal: () => sh(terminal),
    polite: (signal) => sh(polite, signal.replace(/^SIG/, "")),
    variable: (name) => sh('printenv "$1" || echo "(none)"', name),
    cwd: () => sh("pwd"),
    user: () => sh("id -un"),
    readFile: (path) => sh('exec cat "$1"', path),
    writeFile: (path, text) => sh('printf %s "$2" > "$1"', path, text),
    link: (path, target) => sh('ln -s "$2" "$1"', path, target),
    rewrite: (path, texts) => sh(rewrite, path, ...texts),
    listen: (port, text) => py(listen, port, text),
    connect: (host, port) => py(connect, host, port, ""),
    hold: (host, port) => py(connect, host, port, "hold"),
    monotonic: () => py("import time; print(int(time.monotonic() * 1000))"),
    wallClock: () => py("import time; print(int(time.time() * 1000))"),
    random: () => sh("od -An -N16 -tx1 /dev/urandom | tr -d ' \\n'; echo"),
    takeMemory: (bytes) => py(takeMemory, bytes),
    fork: (count) => sh(fork, count),
    fill: (path, bytes) => sh('head -c "$2" /dev/zero > "$1"', path, bytes),
    makeFiles: (folder, count) => sh(makeFiles, folder, count),
  };
}

const everyByte = `i=0
while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i + 1)); done`;

const tick = `i=0
while :; do i=$((i + 1)); echo $i; sleep "$1"; done`;

const terminal = `say() { stty size | { read rows columns; echo "$columns $rows"; }; }
trap say WINCH
say
while :; do sleep 0.02; done`;

const polite = `trap 'echo bye; exit 0' "$1"
echo ready
while :; do sleep 0.02; done`;

const rewrite = `while :; do
  for text in "$2" "$3"; do printf %s "$text" > "$1.next"; mv "$1.next" "$1"; done
done`;

const fork = `i=0
while [ $i -lt "$1" ]; do sleep 1000 & i=$((i + 1)); done
echo all`;

const makeFiles = `i=0
while [ $i -lt "$2" ]; do : > "$1/$i" || exit 1; i=$((i + 1)); done`;

const listen = `import socket, sys, threading
server = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
def serve(client):
    client.sendall(sys.argv[2].encode())
    while data := client.recv(65536):
        client.sendall(data)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()`;

// A connection whose packets are dropped is cut too: TCP_USER_TIMEOUT (18) notices it in a second.
const connect = `import socket, sys, time
try:
    client = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
except OSError:
    print("closed"); sys.exit()
print("open", flush=True)
if not sys.argv[3]:
    sys.exit()
client.setsockopt(socket.IPPROTO_TCP, 18, 1000)
try:
    while True:
        client.sendall(b"."); time.sleep(0.05)
except OSError:
    print("cut", flush=True)`;

// Every page is touched: memory that is only promised counts nowhere.
const takeMemory = `import sys, time
held = bytearray(int(sys.argv[1]))
for at in range(0, len(held), 4096):
    held[at] = 1
print("taken", flush=True)
while True:
    time.sleep(1000)`;
