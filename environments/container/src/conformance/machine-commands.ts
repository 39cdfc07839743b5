import type { CapName } from "@bedplate/environment";
import type { Argv, MachineCommands } from "@bedplate/environment/conformance";

/** The behaviours of the contract's cases, in the shell and in Perl. */
export const machineCommands: MachineCommands = {
  say: (text) => ["/usr/bin/printf", "%s", text],
  complain: (text) => perl("print STDERR $ARGV[0]", text),
  everyByte: () => perl("binmode STDOUT; print map { chr } 0..255"),
  exit: (code) => perl("exit $ARGV[0]", String(code)),
  copy: () => ["/bin/cat"],
  flood: (bytes) => ["/usr/bin/head", "-c", String(bytes), "/dev/zero"],
  idle: () => ["/bin/sleep", "infinity"],
  tick: (ms) =>
    perl(
      "for (1..1e9) { print qq($_\\n); select(undef, undef, undef, $ARGV[0] / 1000) }",
      String(ms),
    ),
  terminal: () => perl(terminalScript),
  polite: (signal) =>
    perl(
      "$SIG{substr($ARGV[0], 3)} = sub { print qq(bye\\n); exit 0 }; print qq(ready\\n); sleep 1 while 1",
      signal,
    ),
  variable: (name) =>
    perl("print exists $ENV{$ARGV[0]} ? $ENV{$ARGV[0]} : '(none)', qq(\\n)", name),
  cwd: () => ["/bin/pwd"],
  user: () => ["/usr/bin/id", "-un"],
  readFile: (path) => ["/bin/cat", path],
  writeFile: (path, text) =>
    perl("open(F, '>', $ARGV[0]) or exit 1; print F $ARGV[1]; close F or exit 1", path, text),
  link: (path, target) => ["/bin/ln", "-s", target, path],
  rewrite: (path, [first, second]) =>
    perl(
      rewriteScript,
      path,
      first.slice(0, 1),
      String(first.length),
      second.slice(0, 1),
      String(second.length),
    ),
  listen: (port, text) => perl(listenScript, String(port), text),
  connect: (host, port) =>
    perl(`${connectScript} print $s ? qq(open\\n) : qq(closed\\n)`, host, String(port)),
  hold: (host, port) =>
    perl(
      `${connectScript} exit 1 unless $s; print qq(open\\n); sysread($s, $x, 1); print qq(cut\\n)`,
      host,
      String(port),
    ),
  monotonic: () =>
    perl(
      "use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC); printf qq(%d\\n), 1000 * clock_gettime(CLOCK_MONOTONIC)",
    ),
  wallClock: () => perl("use Time::HiRes qw(time); printf qq(%d\\n), 1000 * time"),
  random: () =>
    perl("open(R, '/dev/urandom'); sysread(R, $x, 16); print unpack('H*', $x), qq(\\n)"),
  identity: () => [
    "/usr/bin/printf",
    "%s\\n",
    "an identity is what the next run of the same program has",
  ],
  cap: (name) => ["/bin/sh", "-c", capScripts[name]],
  takeMemory: (bytes) =>
    perl("$x = 'x' x $ARGV[0]; print qq(taken\\n); sleep 1 while 1", String(bytes)),
  fork: (count) =>
    perl(
      "for (1..$ARGV[0]) { $p = fork(); exit 1 unless defined $p; if (!$p) { sleep 1 while 1 } } print qq(all\\n); kill 'KILL', 0",
      String(count),
    ),
  fill: (path, bytes) => [
    "/usr/bin/dd",
    "if=/dev/zero",
    `of=${path}`,
    "bs=65536",
    `count=${Math.ceil(bytes / 65_536)}`,
  ],
  makeFiles: (folder, count) =>
    perl(
      "for (1..$ARGV[1]) { open(F, '>', qq($ARGV[0]/$_)) or exit 1; close F }",
      folder,
      String(count),
    ),
};

function perl(script: string, ...words: readonly string[]): Argv {
  return ["/usr/bin/perl", "-e", `$| = 1; ${script}`, ...words];
}

const connectScript =
  "use IO::Socket::INET; $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 3);";

const listenScript = `use IO::Socket::INET;
$l = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $ARGV[0], Listen => 64, ReuseAddr => 1) or exit 1;
print qq(listening\\n);
$SIG{CHLD} = 'IGNORE';
while ($c = $l->accept) {
  if (!fork()) { syswrite($c, $ARGV[1]); while (sysread($c, $b, 65536)) { syswrite($c, $b) } exit 0 }
  close $c;
}`;

const terminalScript = `require 'sys/ioctl.ph' if 0;
sub size { my $s = pack('S4'); ioctl(STDOUT, 0x5413, $s); my ($r, $c) = unpack('S4', $s); print qq($c $r\\n) }
$SIG{WINCH} = sub { size() };
size();
sleep 1 while 1`;

const rewriteScript = `($path, $a, $an, $b, $bn) = @ARGV;
while (1) {
  for $t ($a x $an, $b x $bn) {
    open(F, '>', qq($path.new)) or next; print F $t; close F; rename(qq($path.new), $path);
  }
}`;

const cgroup = "/sys/fs/cgroup";

/** The kernel's own word for each bound, in either layout of cgroups. */
const capScripts: { readonly [C in CapName]: string } = {
  memoryBytes: `cat ${cgroup}/memory/memory.limit_in_bytes 2>/dev/null || cat ${cgroup}/memory.max`,
  processes: `cat ${cgroup}/pids/pids.max 2>/dev/null || cat ${cgroup}/pids.max`,
  cpuMillis: `cd ${cgroup}; if [ -e cpu.max ]; then read q p < cpu.max; else q=$(cat cpu/cpu.cfs_quota_us); p=$(cat cpu/cpu.cfs_period_us); fi; echo $((q * 1000 / p))`,
  egressBytesPerSecond: `tc -j qdisc show dev eth0 | sed 's/.*"rate":\\([0-9]*\\).*/\\1/'`,
  diskBytes: "df --output=size -B1 / | tail -1",
  inodes: "df --output=itotal / | tail -1",
};
