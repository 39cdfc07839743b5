#define _GNU_SOURCE
#include "warden.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

// The socket's name is in a folder of the host that no machine sees: what runs inside gets the
// listening descriptor alone, so it cannot put something else in its place.
int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) fail_text("cannot listen: the path is too long");
  strcpy(address.sun_path, path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("make", "a socket");
  unlink(path);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind", path);
  if (chmod(path, 0600) != 0) fail("set the mode of", path);
  if (listen(listener, BACKLOG) != 0) fail("listen at", path);
  return listener;
}
