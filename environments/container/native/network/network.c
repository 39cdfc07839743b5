// Makes and removes the network of one machine: a named name space, cabled to the host's bridge.
//
//   network add NAME DEVICE BRIDGE ADDRESS GATEWAY
//   network remove NAME DEVICE
//
// One process instead of one for each of some twenty settings. Says on standard error why not.
#include "network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *verb, const char *what) {
  fprintf(stderr, "cannot %s %s: %s\n", verb, what, strerror(errno));
  exit(1);
}

static int add(char **words) {
  struct cable cable = {.host = open_host(), .device = words[1], .bridge = words[2], .address = words[3]};
  enter_new_namespace(words[0]);
  settle_kernel();
  connect_cable(&cable);
  address_inside(words[3], words[4]);
  return 0;
}

static int take_away(char **words) {
  struct cable cable = {.host = open_host(), .device = words[1]};
  cut_cable(&cable);
  forget_namespace(words[0]);
  return 0;
}

int main(int count, char **words) {
  if (count == 7 && strcmp(words[1], "add") == 0) return add(words + 2);
  if (count == 4 && strcmp(words[1], "remove") == 0) return take_away(words + 2);
  fputs("usage: network add NAME DEVICE BRIDGE ADDRESS GATEWAY | network remove NAME DEVICE\n", stderr);
  return 2;
}
