#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_map(pid_t child, const char *name, const char *line) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", child, name);
  write_text(path, line);
}

static void wait_byte(int from) {
  char byte;
  while (read(from, &byte, 1) < 0 && errno == EINTR) {
  }
}

static _Noreturn void hold_namespace(int ready, int done) {
  if (unshare(CLONE_NEWUSER) != 0) _exit(1);
  if (write(ready, "r", 1) != 1) _exit(1);
  wait_byte(done);
  _exit(0);
}

// Ids 0..count-1 on disk are first..first+count-1 for the host. The child that made the namespace
// ends here: the descriptor keeps it.
int open_mapping(const char *first, const char *count) {
  int ready[2], done[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0) fail("make", "a pipe");
  pid_t child = fork();
  if (child < 0) fail("fork", "for a user namespace");
  if (child == 0) {
    // Its own copy of the end that closes would keep it waiting.
    close(done[1]);
    hold_namespace(ready[1], done[0]);
  }
  close(ready[1]);
  wait_byte(ready[0]);
  char line[64], path[64];
  snprintf(line, sizeof line, "0 %s %s\n", first, count);
  write_map(child, "uid_map", line);
  write_map(child, "gid_map", line);
  snprintf(path, sizeof path, "/proc/%d/ns/user", child);
  int userns = open(path, O_RDONLY | O_CLOEXEC);
  if (userns < 0) fail("open", path);
  close(ready[0]);
  close(done[0]);
  close(done[1]);
  waitpid(child, NULL, 0);
  return userns;
}
