// Carries bytes between its standard streams and a socket of the same machine:
//
//   relay PATH
//
// For machines whose agent the host cannot connect with: the runtime starts this beside it. Ends when
// either side has.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK_BYTES = 65536 };

// 1: there may be more. 0: the source has ended. -1: one of both is gone.
static int carry(int from, int to) {
  static char block[BLOCK_BYTES];
  ssize_t count = read(from, block, sizeof block);
  if (count < 0) return errno == EINTR ? 1 : -1;
  for (ssize_t done = 0; done < count;) {
    ssize_t written = write(to, block + done, (size_t)(count - done));
    if (written < 0 && errno != EINTR) return -1;
    if (written > 0) done += written;
  }
  return count > 0;
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd >= 0 && connect(socket_fd, (struct sockaddr *)&address, sizeof address) == 0) return socket_fd;
  return -1;
}

int main(int count, char **words) {
  int agent = count == 2 ? connect_to(words[1]) : -1;
  if (agent < 0) return 1;
  struct pollfd sides[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = agent, .events = POLLIN}};
  for (;;) {
    if (poll(sides, 2, -1) < 0 && errno != EINTR) return 1;
    if (sides[0].revents != 0 && carry(STDIN_FILENO, agent) <= 0) return 0;
    if (sides[1].revents != 0 && carry(agent, STDOUT_FILENO) <= 0) return 0;
  }
}
