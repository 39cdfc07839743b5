// The warden of one machine: mounts its file system where nobody else sees it, starts its runtime
// inside the machine's bounds, and stays to keep the exit of its first process.
//
//   warden DIRECTIVE... -- RUNTIME ARGUMENT...
//
// Answers one line on standard output: `started PID START-TIME` or `failed WHY`.
#define _GNU_SOURCE
#include "warden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct directive {
  const char *name;
  int words;
  void (*run)(struct plan *plan, char **words);
};

static void do_map(struct plan *plan, char **words) {
  plan->userns = open_mapping(words[0], words[1]);
  plan->first = (uid_t)strtoul(words[0], NULL, 10);
}
static void do_loop(struct plan *plan, char **words) { (void)plan, mount_loop(words[0], words[1]); }
static void do_tmpfs(struct plan *plan, char **words) { (void)plan, mount_tmpfs(words[0], words[1]); }
static void do_shift(struct plan *plan, char **words) { mount_shifted(plan, words[0], words[1], words[2]); }
static void do_bind(struct plan *plan, char **words) { (void)plan, mount_plain(words[0], words[1], words[2]); }
static void do_overlay(struct plan *plan, char **words) { mount_overlay(plan, words[0], words[1]); }
static void do_folder(struct plan *plan, char **words) { (void)plan, make_folder(words[0], words[1]); }
static void do_hide(struct plan *plan, char **words) { (void)plan, unmount(words[0]); }
static void do_home(struct plan *plan, char **words) { (void)plan, join_cgroup(open_cgroup(words[0])); }
static void do_pid(struct plan *plan, char **words) { plan->pid_path = words[0]; }
static void do_exit(struct plan *plan, char **words) { plan->exit_path = words[0]; }
static void do_listen(struct plan *plan, char **words) { plan->listener = listen_at(words[0]); }

static void do_cgroup(struct plan *plan, char **words) {
  if (plan->cgroup_count == CGROUPS_MAX) fail_text("too many cgroups");
  plan->cgroups[plan->cgroup_count++] = open_cgroup(words[0]);
}

static const struct directive directives[] = {
    {"map", 2, do_map},     {"loop", 2, do_loop},     {"tmpfs", 2, do_tmpfs}, {"shift", 3, do_shift},
    {"bind", 3, do_bind},   {"overlay", 2, do_overlay}, {"folder", 2, do_folder}, {"hide", 1, do_hide},
    {"home", 1, do_home},   {"pid", 1, do_pid},       {"exit", 1, do_exit},   {"listen", 1, do_listen},
    {"cgroup", 1, do_cgroup},
};

static const struct directive *find(const char *name) {
  for (size_t each = 0; each < sizeof directives / sizeof *directives; each += 1) {
    if (strcmp(directives[each].name, name) == 0) return &directives[each];
  }
  fail_text("unknown directive");
}

int main(int count, char **words) {
  struct plan plan = {.listener = -1, .userns = -1};
  enter_mount_namespace();
  int at = 1;
  while (at < count && strcmp(words[at], "--") != 0) {
    const struct directive *directive = find(words[at]);
    if (at + directive->words >= count) fail_text("a directive lacks words");
    directive->run(&plan, words + at + 1);
    at += 1 + directive->words;
  }
  if (at + 1 >= count) fail_text("no runtime is named");
  if (plan.pid_path == NULL || plan.exit_path == NULL) fail_text("pid and exit are needed");
  plan.command = words + at + 1;
  launch(&plan);
}
