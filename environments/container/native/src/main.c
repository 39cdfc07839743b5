// The warden of one machine: mounts its file system where nobody else sees it, starts its runtime
// inside the machine's bounds, and stays to keep the exit of its first process.
//
//   warden FOLDER        the folder only says whose it is
//
// Its orders are words on standard input, each ended by a zero: DIRECTIVE... -- RUNTIME ARGUMENT... until
// the end. They are obeyed as they come, so that what takes long can be done before there is a machine.
// Answers on standard output: `ready` to each `report`, then `started PID START-TIME` or `failed WHY`.
// One whose orders end before the runtime ends too, and all that it has mounted with it.
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
static void do_loop(struct plan *plan, char **words) { (void)plan, mount_loop(words[0], words[1], 1); }
static void do_look(struct plan *plan, char **words) { (void)plan, mount_loop(words[0], words[1], 0); }
static void do_tmpfs(struct plan *plan, char **words) { (void)plan, mount_tmpfs(words[0], words[1]); }
static void do_shift(struct plan *plan, char **words) { mount_shifted(plan, words[0], words[1], words[2]); }
static void do_bind(struct plan *plan, char **words) { (void)plan, mount_plain(words[0], words[1], words[2]); }
static void do_overlay(struct plan *plan, char **words) { mount_overlay(plan, words[0], words[1]); }
static void do_folder(struct plan *plan, char **words) { (void)plan, make_folder(words[0], words[1]); }
static void do_hide(struct plan *plan, char **words) { (void)plan, unmount(words[0]); }
static void do_home(struct plan *plan, char **words) { (void)plan, join_cgroup(open_cgroup(words[0])); }
static void do_pid(struct plan *plan, char **words) { plan->pid_path = words[0]; }
static void do_exit(struct plan *plan, char **words) { plan->exit_path = words[0]; }
static void do_move(struct plan *plan, char **words) { (void)plan, move_mounted(words[0], words[1]); }
static void do_report(struct plan *plan, char **words) { (void)plan, (void)words, say("ready\n"); }
static void do_join(struct plan *plan, char **words) { (void)words, begin_runner(plan); }
static void do_listen(struct plan *plan, char **words) { plan->listener = listen_at(words[0]); }

static void do_cgroup(struct plan *plan, char **words) {
  if (plan->cgroup_count == CGROUPS_MAX) fail_text("too many cgroups");
  plan->cgroups[plan->cgroup_count++] = open_cgroup(words[0]);
}

static const struct directive directives[] = {
    {"map", 2, do_map},     {"loop", 2, do_loop},     {"look", 2, do_look},     {"tmpfs", 2, do_tmpfs}, {"shift", 3, do_shift},
    {"bind", 3, do_bind},   {"overlay", 2, do_overlay}, {"folder", 2, do_folder}, {"hide", 1, do_hide},
    {"home", 1, do_home},   {"pid", 1, do_pid},       {"exit", 1, do_exit},   {"listen", 1, do_listen},
    {"cgroup", 1, do_cgroup}, {"move", 2, do_move},   {"report", 0, do_report},
    {"join", 0, do_join},
};

static const struct directive *find(const char *name) {
  for (size_t each = 0; each < sizeof directives / sizeof *directives; each += 1) {
    if (strcmp(directives[each].name, name) == 0) return &directives[each];
  }
  fail_text("unknown directive");
}

static char *need_word(void) {
  char *word = next_word();
  if (word == NULL) fail_text("a directive lacks words");
  return word;
}

static void obey(struct plan *plan, const char *name) {
  const struct directive *directive = find(name);
  char *words[WORDS_MAX];
  for (int each = 0; each < directive->words; each += 1) words[each] = need_word();
  directive->run(plan, words);
}

static void read_command(struct plan *plan) {
  int count = 0;
  for (char *word; (word = next_word()) != NULL; count += 1) {
    if (count == COMMAND_MAX) fail_text("the runtime's command is too long");
    plan->command[count] = word;
  }
  if (count == 0) fail_text("no runtime is named");
}

int main(void) {
  static struct plan plan = {.listener = -1, .userns = -1};
  enter_mount_namespace();
  for (char *word; (word = next_word()) != NULL;) {
    if (strcmp(word, "--") != 0) {
      obey(&plan, word);
      continue;
    }
    read_command(&plan);
    if (plan.pid_path == NULL || plan.exit_path == NULL) fail_text("pid and exit are needed");
    launch(&plan);
  }
  // Whoever was to give the orders has gone.
  return 0;
}
