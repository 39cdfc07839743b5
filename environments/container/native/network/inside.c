#define _GNU_SOURCE
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// All machines of a host are in one network of that width.
#define NETMASK "255.255.0.0"

static struct sockaddr address_of(const char *text) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  struct sockaddr any;
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
    errno = EINVAL;
    fail("read", text);
  }
  memcpy(&any, &address, sizeof any);
  return any;
}

static void set_address(int control, unsigned long what, const char *text) {
  struct ifreq request = {.ifr_name = "eth0"};
  request.ifr_addr = address_of(text);
  if (ioctl(control, what, &request) != 0) fail("set", text);
}

static void raise_inner(int control, const char *device) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &request) != 0) fail("raise", device);
}

void address_inside(const char *address, const char *gateway) {
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) fail("open", "a socket");
  raise_inner(control, "lo");
  set_address(control, SIOCSIFADDR, address);
  set_address(control, SIOCSIFNETMASK, NETMASK);
  raise_inner(control, "eth0");
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  route.rt_dst = address_of("0.0.0.0");
  route.rt_genmask = address_of("0.0.0.0");
  route.rt_gateway = address_of(gateway);
  if (ioctl(control, SIOCADDRT, &route) != 0) fail("set the route by", gateway);
  close(control);
}
