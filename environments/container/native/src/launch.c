#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NR_CLOSE_RANGE = 436, FIRST_PASSED = 3, LISTENER = 4, RUNNER_STACK_BYTES = 65536 };

void write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail("open", path);
  if (write(file, text, strlen(text)) != (ssize_t)strlen(text)) fail("write", path);
  close(file);
}

// Opened early: later the hierarchy may be hidden from here.
int open_cgroup(const char *folder) {
  char path[TEXT_MAX];
  snprintf(path, sizeof path, "%s/cgroup.procs", folder);
  int procs = open(path, O_WRONLY | O_CLOEXEC);
  if (procs < 0) fail("open", path);
  return procs;
}

void say(const char *text) {
  if (write(STDOUT_FILENO, text, strlen(text)) != (ssize_t)strlen(text)) fail("answer", "the host");
}

void join_cgroup(int procs) {
  if (write(procs, "0", 1) != 1) fail("join", "a cgroup");
}

static void use_null(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0) fail("open", "/dev/null");
  for (int number = 0; number < FIRST_PASSED; number += 1) dup2(null, number);
  if (null >= FIRST_PASSED) close(null);
}

// The runtime passes on 3 and 4; the guest agent listens at 4.
static void pass_on(int listener) {
  int high = fcntl(listener, F_DUPFD_CLOEXEC, 64);
  int null = open("/dev/null", O_RDWR);
  int high_null = fcntl(null, F_DUPFD_CLOEXEC, 64);
  if (high < 0 || high_null < 0) fail("copy", "the listener");
  if (dup2(high_null, FIRST_PASSED) < 0 || dup2(high, LISTENER) < 0) fail("pass on", "the listener");
}

// Runtimes make the machine's user the owner of what they get as standard input and output, so it
// must be nothing that the host uses, like its null device: pipes, with nobody at the other end.
static void use_own_streams(void) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC | O_NONBLOCK) != 0) fail("make", "a pipe");
  dup2(in[0], STDIN_FILENO);
  dup2(out[1], STDOUT_FILENO);
  dup2(out[1], STDERR_FILENO);
}

// Bounds hold before the runtime's first instruction, and nothing that the host has open goes along.
static _Noreturn void become_runtime(struct plan *plan) {
  int first = FIRST_PASSED;
  if (plan->listener >= 0) {
    pass_on(plan->listener);
    first = LISTENER + 1;
  }
  int report = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 64);
  if (report < 0 || dup2(report, first) < 0) fail("keep", "the report");
  report = first;
  syscall(NR_CLOSE_RANGE, first + 1, ~0U, 0);
  fcntl(report, F_SETFD, FD_CLOEXEC);
  use_own_streams();
  umask(0022);
  char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
  execve(plan->command[0], plan->command, environment);
  dprintf(report, "failed cannot execute %s: %s\n", plan->command[0], strerror(errno));
  _exit(127);
}

// Moving between cgroups waits for all processors, which takes longer than all the rest: it is done
// as soon as the cgroups are known.
static int run_runner(void *argument) {
  struct plan *plan = argument;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int each = 0; each < plan->cgroup_count; each += 1) join_cgroup(plan->cgroups[each]);
  char byte;
  while (read(plan->go[0], &byte, 1) < 0 && errno == EINTR) {
  }
  prctl(PR_SET_PDEATHSIG, 0);
  if (unshare(CLONE_FILES) != 0) fail("leave", "the open files");
  become_runtime(plan);
}

// It shares memory and open files with the warden until it goes, so that it has what comes after it.
void begin_runner(struct plan *plan) {
  static char stack[RUNNER_STACK_BYTES] __attribute__((aligned(16)));
  if (plan->runner != 0) fail_text("there is a runner already");
  if (pipe2(plan->go, O_CLOEXEC) != 0) fail("make", "a pipe");
  plan->runner = clone(run_runner, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, plan);
  if (plan->runner < 0) fail("fork", "for the runtime");
}

static int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("wait for", "the runtime");
  }
  return status;
}

static pid_t read_pid(const char *path) {
  char text[32] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("open", path);
  if (read(file, text, sizeof text - 1) <= 0) fail("read", path);
  close(file);
  return (pid_t)atoi(text);
}

// A reader sees the whole line or no file.
static void keep_exit(const char *path, int status) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  char line[96], draft[TEXT_MAX];
  snprintf(line, sizeof line, "%d %d %lld\n", code, signal, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  snprintf(draft, sizeof draft, "%s.new", path);
  int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) _exit(1);
  if (write(file, line, strlen(line)) != (ssize_t)strlen(line)) _exit(1);
  close(file);
  rename(draft, path);
}

// Everything that loses its parent comes here; only the machine's first process is told of.
static void keep_until_end(struct plan *plan, pid_t init) {
  for (;;) {
    int status = 0;
    pid_t ended = waitpid(-1, &status, 0);
    if (ended == init) return keep_exit(plan->exit_path, status);
    if (ended < 0 && errno == ECHILD) return;
  }
}

static void say_started(pid_t init) {
  char path[64], stat[TEXT_MAX] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", init);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    if (read(file, stat, sizeof stat - 1) < 0) stat[0] = 0;
    close(file);
  }
  // The start time is the 22nd field; the name, which may hold blanks, ends with the last bracket.
  char *field = strrchr(stat, ')');
  for (int each = 0; field != NULL && each < 20; each += 1) field = strchr(field + 1, ' ');
  long long started = field == NULL ? 0 : atoll(field + 1);
  dprintf(STDOUT_FILENO, "started %d %lld\n", init, started);
}

// What a failed runtime left has no other parent; the caller empties the cgroup meanwhile.
static _Noreturn void fail_and_wait(void) {
  dprintf(STDOUT_FILENO, "failed the runtime did not start it\n");
  use_null();
  while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR) {
  }
  _exit(1);
}

_Noreturn void launch(struct plan *plan) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  signal(SIGPIPE, SIG_IGN);
  if (plan->runner == 0) begin_runner(plan);
  if (write(plan->go[1], "g", 1) != 1) fail("start", "the runtime");
  int status = wait_for(plan->runner);
  // Not before: the runner had them from here.
  if (plan->listener >= 0) close(plan->listener);
  if (plan->userns >= 0) close(plan->userns);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_and_wait();
  pid_t init = read_pid(plan->pid_path);
  say_started(init);
  use_null();
  keep_until_end(plan, init);
  _exit(0);
}
