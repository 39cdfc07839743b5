/**
 * What code in a machine may try, as data. Each `tries` is Perl that is true when it got through;
 * `sys` makes a system call and is true unless it failed, `writes` opens a file for writing,
 * `reads` is true for a file with something in it.
 */
export interface EscapeCheck {
  readonly name: string;
  readonly tries: string;
}

const check = (name: string, tries: string): EscapeCheck => ({ name, tries });

const namespaceFlags = {
  user: 0x1000_0000,
  mount: 0x0002_0000,
  network: 0x4000_0000,
  pid: 0x2000_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  cgroup: 0x0200_0000,
  time: 0x80,
} as const;

const namespaces: readonly EscapeCheck[] = [
  ...Object.entries(namespaceFlags).map(([name, flag]) =>
    check(`unshare a ${name} name space`, `sys(272, ${flag})`),
  ),
  ...Object.entries(namespaceFlags)
    .filter(([name]) => name !== "time")
    .map(([name, flag]) =>
      check(`clone into a ${name} name space`, `cloned(syscall(56, ${flag} | 17, 0, 0, 0, 0))`),
    ),
  check(
    "clone3 into a user name space",
    `cloned(syscall(435, pack("Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0), 64))`,
  ),
  ...["user", "mnt", "net", "pid", "uts", "ipc", "cgroup"].map((name) =>
    check(
      `join the first process's ${name} name space`,
      `open($n, "<", "/proc/1/ns/${name}") && sys(308, fileno($n), 0)`,
    ),
  ),
  check("have an identity map of users", `slurp("/proc/self/uid_map") =~ /^\\s*0\\s+0\\s/`),
  check("map more users", `writes("/proc/self/uid_map", "0 0 1")`),
];

const devices: readonly EscapeCheck[] = [
  check("make a block device", `sys(133, "/tmp/block", 0060600, (254 << 8))`),
  check(
    "make a character device that opens",
    `sys(133, "/tmp/mem", 0020600, (1 << 8) | 1) && open(my $d, "<", "/tmp/mem")`,
  ),
  ...[
    "mem",
    "kmem",
    "port",
    "kmsg",
    "vda",
    "sda",
    "nvme0n1",
    "loop0",
    "loop-control",
    "fuse",
    "kvm",
    "console",
    "hpet",
    "vhost-net",
    "net/tun",
    "mapper/control",
    "userfaultfd",
    "btrfs-control",
    "uinput",
  ].map((name) => check(`open /dev/${name}`, `open(my $d, "<", "/dev/${name}")`)),
  check("write into /dev", `writes("/dev/file", "x")`),
  check("open a terminal that is not its own", `open(my $t, "+<", "/dev/tty")`),
  check("see terminals of others", `grep { /^\\d+$/ } names("/dev/pts")`),
];

const kernelFiles: readonly EscapeCheck[] = [
  ...[
    "kernel/core_pattern",
    "kernel/modprobe",
    "kernel/hostname",
    "kernel/panic",
    "kernel/ns_last_pid",
    "vm/drop_caches",
    "vm/overcommit_memory",
    "fs/file-max",
    "net/ipv4/ip_forward",
    "kernel/yama/ptrace_scope",
    "kernel/randomize_va_space",
    "user/max_user_namespaces",
  ].map((name) => check(`write /proc/sys/${name}`, `writes("/proc/sys/${name}", "1")`)),
  check(
    "register a binary format",
    `writes("/proc/sys/fs/binfmt_misc/register", ":x:M::x::/bin/sh:")`,
  ),
  check("trigger a system request", `writes("/proc/sysrq-trigger", "h")`),
  check(
    "steer an interrupt",
    `grep { writes("/proc/irq/$_/smp_affinity", "1") } grep { /^\\d/ } names("/proc/irq")`,
  ),
  ...[
    "kcore",
    "kmsg",
    "config.gz",
    "keys",
    "key-users",
    "interrupts",
    "timer_list",
    "slabinfo",
    "vmallocinfo",
    "diskstats",
    "partitions",
    "sched_debug",
    "zoneinfo",
    "buddyinfo",
  ].map((name) => check(`read /proc/${name}`, `reads("/proc/${name}")`)),
  check("learn kernel addresses", `slurp("/proc/kallsyms") =~ /^(?!0+ )[0-9a-f]+ /m`),
  check("see the pressure of the host", `names("/proc/pressure")`),
  ...["sys/kernel", "sys/firmware", "sys/class", "sys/module", "sys/devices"].map((name) =>
    check(`look into /${name}`, `names("/${name}")`),
  ),
  check(
    "raise its own bound of memory",
    `grep { -e $_ && writes($_, "9999999999") } "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"`,
  ),
  check(
    "raise its own bound of processes",
    `grep { -e $_ && writes($_, "max") } "/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"`,
  ),
  check(
    "see controls of cgroups beside its bounds",
    `grep { /procs|release|freeze|kill/ } map { names("/sys/fs/cgroup/$_") } ("", "memory", "cpu", "pids")`,
  ),
  check("see a cgroup above its own", `grep { !m{:/$} } split(/\\n/, slurp("/proc/self/cgroup"))`),
  check(
    "set a release agent",
    `sys(165, "cgroup", "/tmp", "cgroup", 0, "memory") && writes("/tmp/release_agent", "/tmp/x")`,
  ),
  check("spare itself when memory is short", `writes("/proc/self/oom_score_adj", "-1000")`),
];

const firstProcess: readonly EscapeCheck[] = [
  ...["environ", "mem", "maps", "auxv", "stack", "syscall"].map((name) =>
    check(`read /proc/1/${name}`, `reads("/proc/1/${name}")`),
  ),
  check("list its descriptors", `names("/proc/1/fd")`),
  check("go through its root", `names("/proc/1/root/")`),
  check("replace its program", `writes("/proc/1/exe", "x")`),
  check("replace the agent's file", `writes("/run/bedplate-guest", "x")`),
  check("trace it", `sys(101, 16, 1, 0, 0)`),
  check("seize it", `sys(101, 0x4206, 1, 0, 0)`),
  check("read its memory", `sys(310, 1, pack("QQ", 0, 0), 0, pack("QQ", 4096, 8), 1, 0)`),
  check("take a descriptor of it", `($p = syscall(434, 1, 0)) >= 0 && sys(438, $p, 0, 0)`),
  check("compare with it", `sys(312, 1, $$, 0, 0, 0)`),
  check("end it", `kill("KILL", 1) && !-e "/proc/1"`),
];

const calls: readonly EscapeCheck[] = (
  [
    ["mount a tmpfs", `165, "tmpfs", "/tmp", "tmpfs", 0, 0`],
    ["mount /proc again", `165, "proc", "/tmp", "proc", 0, 0`],
    ["mount /sys", `165, "sysfs", "/tmp", "sysfs", 0, 0`],
    ["bind a folder", `165, "/etc", "/tmp", 0, 4096, 0`],
    ["remount the root", `165, "none", "/", 0, 32, 0`],
    ["unmount a mask", `166, "/proc/keys", 2`],
    ["unmount /usr", `166, "/usr", 2`],
    ["change the root", `161, "/tmp"`],
    ["pivot the root", `155, "/tmp", "/tmp"`],
    ["open a file system", `430, "tmpfs", 0`],
    ["open a mount tree", `428, -100, "/", 1`],
    ["change a mount", `442, -100, "/", 0, pack("Q4", 0, 1, 0, 0), 32`],
    ["add a key", `248, "user", "k", "v", 1, -2`],
    ["request a key", `249, "user", "k", 0, -2`],
    ["ask for a keyring", `250, 0, -4, 1`],
    ["load a module", `175, "x", 1, ""`],
    ["load a module from a file", `313, 0, "", 0`],
    ["unload a module", `176, "ext4", 0`],
    ["load another kernel", `246, 0, 0, 0, 0`],
    ["restart the host", `169, 0xfee1dead, 672274793, 0, 0`],
    ["load a BPF program", `321, 0, pack("x128"), 128`],
    ["open a performance counter", `298, pack("x128"), 0, -1, -1, 0`],
    ["handle page faults", `323, 1`],
    ["set up io_uring", `425, 1, pack("x120")`],
    ["open by handle", `304, -100, pack("x128"), 0`],
    ["name a handle", `303, -100, "/", pack("Lx124", 100), pack("x8"), 0`],
    ["watch all files", `300, 0, 0`],
    ["read the kernel's log", `103, 3, "x" x 64, 64`],
    ["set the time", `164, pack("QQ", 1, 1), 0`],
    ["set a clock", `227, 0, pack("QQ", 1, 1)`],
    ["adjust the clock", `159, pack("Lx220", 1)`],
    ["set the host's name", `170, "x", 1`],
    ["set the domain's name", `171, "x", 1`],
    ["swap", `167, "/tmp/x", 0`],
    ["account processes", `163, "/tmp/x"`],
    ["raise the I/O privilege", `172, 3`],
    ["use I/O ports", `173, 0x60, 1, 1`],
    ["set a segment", `154, 1, pack("L4", 0, 0, 0xfffff, 0x51), 16`],
    ["set quotas", `179, 0, "/", 0, 0`],
    ["move pages of others", `279, 1, 0, 0, 0, 0, 0`],
    ["choose memory nodes", `238, 0, 0, 0`],
    ["hang up terminals", `153`],
    ["splice memory", `278, 1, 0, 0, 0`],
    ["run as another personality", `135, 0x0400000`],
    ["switch address randomisation off", `135, 0x0040000`],
    ["call as x32", `0x40000000 | 39`],
    ["become root", `105, 0`],
    ["join root's group", `106, 0`],
    ["drop its groups", `116, 0, 0`],
    [
      "take capabilities",
      `126, pack("LL", 0x20080522, 0), pack("L6", 0x200000, 0x200000, 0, 0, 0, 0)`,
    ],
    ["allow new privileges", `157, 38, 0, 0, 0, 0`],
    ["run in real time", `144, 0, 1, pack("L", 1)`],
    ["raise its priority", `141, 0, 0, -10`],
    ["lock much memory", `149, "x" x 1048576, 1048576`],
    ["open more files", `302, 0, 7, pack("QQ", 1048576, 1048576), 0`],
    ["write core files", `302, 0, 4, pack("QQ", 1048576, 1048576), 0`],
  ] as const
).map(([name, words]) => check(name, `sys(${words})`));

const sockets: readonly EscapeCheck[] = [
  ...(
    [
      ["packets", "17, 3, 0"],
      ["raw IP", "2, 3, 1"],
      ["raw IPv6", "10, 3, 58"],
      ["virtual machines", "40, 1, 0"],
      ["kernel cryptography", "38, 5, 0"],
      ["key management", "15, 3, 2"],
      ["Bluetooth", "31, 3, 1"],
      ["TIPC", "30, 1, 0"],
      ["RDS", "21, 5, 0"],
      ["CAN", "29, 3, 1"],
      ["XDP", "44, 3, 0"],
      ["netfilter", "16, 3, 12"],
      ["the kernel's audit", "16, 3, 9"],
      ["device events", "16, 3, 15"],
      ["network diagnosis", "16, 3, 4"],
      ["transformation of packets", "16, 3, 6"],
    ] as const
  ).map(([name, words]) => check(`open a socket for ${name}`, `sys(41, ${words})`)),
  check(
    "see sockets of the host",
    `slurp("/proc/net/unix") =~ m{@/tmp|/run/(systemd|dbus|docker)}`,
  ),
  check("reach the host", `connects("10.213.0.1", 22)`),
  check("reach the metadata service", `connects("169.254.169.254", 80)`),
  check("reach a neighbour", `connects("10.213.0.3", 22)`),
  check("reach the world without being let", `connects("192.0.2.1", 80)`),
  check("take its network down", `system("ip link set eth0 down 2>/dev/null") == 0`),
  check("take another address", `system("ip address add 10.213.9.9/16 dev eth0 2>/dev/null") == 0`),
  check("have IPv6", `slurp("/proc/net/if_inet6") =~ /\\S/`),
];

const files: readonly EscapeCheck[] = [
  check("write the host's programs", `writes("/usr/bin/escaped", "x")`),
  check("write the list of users", `writes("/etc/passwd", "x")`),
  check("read the host's passwords", `reads("/etc/shadow")`),
  check("see the host's users", `slurp("/etc/passwd") =~ /(daemon|postgres|sshd)/`),
  check("see the host's homes", `grep { $_ ne "user" } names("/home")`),
  check(
    "see the host's processes",
    `grep { /^\\d+$/ && $_ > 64 && slurp("/proc/$_/cmdline") =~ /node/ } names("/proc")`,
  ),
  check("see the host's shared memory", `slurp("/proc/sysvipc/shm") =~ /\\n./`),
  check("gain by a set-user-id program", `stolen()`),
  check(
    "have a descriptor of the host",
    `grep { my $l = readlink("/proc/self/fd/$_") // ""; $_ > 2 && $l ne "" && $l !~ m{^/proc/|^/tmp/tries} } names("/proc/self/fd")`,
  ),
  check(
    "enter a folder by a descriptor",
    `grep { $_ > 2 && chdir("/proc/self/fd/$_/..") } names("/proc/self/fd")`,
  ),
  check("find the token of the agent", `join(" ", %ENV) =~ /BEDPLATE/`),
  check("find the server's environment", `join(" ", keys %ENV) =~ /(npm_|NODE_|VITEST|SSH)/`),
  check(
    "have any capability",
    `slurp("/proc/self/status") =~ /^Cap(Prm|Eff|Bnd|Amb):\\s+0*[1-9a-f]/m`,
  ),
  check("be without a filter", `slurp("/proc/self/status") !~ /^Seccomp:\\s+2/m`),
  check("be able to gain privileges", `slurp("/proc/self/status") !~ /^NoNewPrivs:\\s+1/m`),
];

/** Every check. */
export const escapeChecks: readonly EscapeCheck[] = [
  ...namespaces,
  ...devices,
  ...kernelFiles,
  ...firstProcess,
  ...calls,
  ...sockets,
  ...files,
];

/** A Perl program that tries each in a process of its own, and says which got through. */
export function escapeProgram(checks: readonly EscapeCheck[] = escapeChecks): string {
  const rows = checks.map(({ tries }, index) => `try_it(${index}, sub { ${tries} });`);
  return `${prelude}\n${rows.join("\n")}\nprint "end\\n";\n`;
}

const prelude = `
no warnings; use POSIX (); use Socket;
$| = 1;
sub sys { return syscall(shift(@_), map { $_ } @_) != -1 }
sub slurp { my $t = ""; open(my $f, "<", $_[0]) or return ""; sysread($f, $t, 65536); return $t }
sub reads { my $t = ""; open(my $f, "<", $_[0]) or return 0; my $n = sysread($f, $t, 64); return defined($n) && $n > 0 }
sub writes { my $f; open($f, "+<", $_[0]) or open($f, ">", $_[0]) or return 0; return defined(syswrite($f, $_[1])) }
sub names { opendir(my $d, $_[0]) or return (); return grep { $_ ne "." && $_ ne ".." && $_ ne "ptmx" } readdir($d) }
sub cloned { my $p = $_[0]; POSIX::_exit(0) if $p == 0; return $p > 0 }
sub connects {
  socket(my $s, PF_INET, SOCK_STREAM, 0) or return 0;
  $SIG{ALRM} = sub { POSIX::_exit(0) }; alarm(1);
  return connect($s, sockaddr_in($_[1], inet_aton($_[0])));
}
sub stolen {
  system("cp /bin/cat /tmp/cat; chmod 6755 /tmp/cat");
  my $uid = qx(/tmp/cat /proc/self/status 2>/dev/null) =~ /^Uid:\\s+(\\d+)\\s+(\\d+)/m ? $2 : $>;
  return $uid != $>;
}
sub try_it {
  my ($number, $work) = @_;
  my $pid = fork();
  if ($pid == 0) { my $got = eval { $work->() }; POSIX::_exit($got ? 77 : 0) }
  waitpid($pid, 0);
  print "$number\\n" if ($? >> 8) == 77;
}
`;
