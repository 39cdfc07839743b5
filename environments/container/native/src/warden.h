// What the files of the warden share.
#ifndef WARDEN_H
#define WARDEN_H

#include <stdbool.h>
#include <sys/types.h>

// Most cgroups that a runtime is moved into, and most words of its command line.
enum { CGROUPS_MAX = 16, COMMAND_MAX = 64, WORDS_MAX = 4, TEXT_MAX = 512 };

// What the directives before `--` gathered for the launch.
struct plan {
  int cgroups[CGROUPS_MAX];  // their files `cgroup.procs`, open
  int cgroup_count;
  pid_t runner;  // is in the cgroups and waits to become the runtime; 0: there is none yet
  int go[2];     // a byte in it lets the runner go
  const char *pid_path;
  const char *exit_path;
  int listener;  // passed on as descriptor 3; -1: none
  int userns;    // whose mapping shifted mounts take; -1: none
  uid_t first;   // the host's id of the machine's root
  char *command[COMMAND_MAX + 1];
};

// words.c: the next word of the orders, waited for; NULL when they have ended.
char *next_word(void);

// fail.c: says on standard output why nothing was started, and ends.
_Noreturn void fail(const char *verb, const char *what);
_Noreturn void fail_text(const char *text);

// mounts.c: each works in the warden's own mount namespace.
void enter_mount_namespace(void);
void mount_loop(const char *image, const char *target, int writable);
void mount_tmpfs(const char *target, const char *options);
void mount_shifted(struct plan *plan, const char *source, const char *target, const char *mode);
void mount_plain(const char *source, const char *target, const char *mode);
void mount_overlay(struct plan *plan, const char *target, const char *options);
void make_folder(const char *path, const char *mode);
void unmount(const char *path);
void move_mounted(const char *source, const char *target);

// loop.c: a loop device that goes with its last user.
int open_loop(const char *image, int writable, char *device, size_t size);

// idmap.c: a user namespace that only its mapping is wanted of.
int open_mapping(const char *first, const char *count);

// credentials.c
void act_as(uid_t id);

// listen.c
int listen_at(const char *path);

// launch.c: runs the runtime, says how it went, keeps the exit of what it started.
_Noreturn void launch(struct plan *plan);
void begin_runner(struct plan *plan);
int open_cgroup(const char *folder);
void join_cgroup(int procs);
void say(const char *text);
void write_text(const char *path, const char *text);

#endif
