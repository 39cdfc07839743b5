#define _GNU_SOURCE
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 1024 };

// One request, built up in place; attributes are aligned to four bytes.
struct request {
  struct nlmsghdr head;
  struct ifinfomsg link;
  char rest[REQUEST_MAX];
};

static void begin(struct request *request, int type, int flags) {
  memset(request, 0, sizeof *request);
  request->head.nlmsg_len = NLMSG_LENGTH(sizeof request->link);
  request->head.nlmsg_type = (uint16_t)type;
  request->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

static struct rtattr *put(struct request *request, int type, const void *data, size_t bytes) {
  size_t at = NLMSG_ALIGN(request->head.nlmsg_len);
  if (at + RTA_SPACE(bytes) > sizeof *request) {
    errno = E2BIG;
    fail("word", "a request");
  }
  struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + at);
  attribute->rta_type = (uint16_t)type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(bytes);
  if (bytes > 0) memcpy(RTA_DATA(attribute), data, bytes);
  request->head.nlmsg_len = (uint32_t)(at + RTA_SPACE(bytes));
  return attribute;
}

static void put_name(struct request *request, const char *name) {
  if (strlen(name) >= IFNAMSIZ) {
    errno = ENAMETOOLONG;
    fail("name", name);
  }
  put(request, IFLA_IFNAME, name, strlen(name) + 1);
}

// Everything put since is inside that attribute.
static void close_nest(struct request *request, struct rtattr *nest) {
  nest->rta_len = (uint16_t)((char *)request + request->head.nlmsg_len - (char *)nest);
}

// 0, or the error that the kernel answered.
static int ask(int routing, struct request *request) {
  char answer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
  if (send(routing, request, request->head.nlmsg_len, 0) < 0) fail("ask", "the kernel");
  ssize_t got = recv(routing, answer, sizeof answer, 0);
  const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)answer;
  if (got < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || head->nlmsg_type != NLMSG_ERROR) {
    errno = EPROTO;
    fail("understand", "the kernel");
  }
  return -((const struct nlmsgerr *)NLMSG_DATA(head))->error;
}

static void demand(int routing, struct request *request, const char *what) {
  errno = ask(routing, request);
  if (errno != 0) fail("make", what);
}

struct host open_host(void) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  struct host host = {socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
                      socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (host.routing < 0 || host.control < 0) fail("open", "a socket");
  if (bind(host.routing, (struct sockaddr *)&address, sizeof address) != 0) fail("bind", "a socket");
  return host;
}

// Of the host's devices, wherever this process is: the socket is the host's. 0: there is none.
static int index_of(const struct host *host, const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(host->control, SIOCGIFINDEX, &request) == 0) return request.ifr_ifindex;
  if (errno != ENODEV) fail("find", name);
  return 0;
}

// Of the machine's end: the same for the same address, which the host and others remember together.
static void put_hardware_address(struct request *request, const char *address) {
  uint8_t hardware[6] = {0x02, 0xbd};
  if (inet_pton(AF_INET, address, hardware + 2) != 1) {
    errno = EINVAL;
    fail("read", address);
  }
  put(request, IFLA_ADDRESS, hardware, sizeof hardware);
}

static void add_pair(const struct cable *cable, int bridge) {
  struct request request;
  int inside = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (inside < 0) fail("open", "the machine's network");
  begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  put_name(&request, cable->device);
  put(&request, IFLA_MASTER, &bridge, sizeof bridge);
  struct rtattr *info = put(&request, IFLA_LINKINFO, NULL, 0);
  put(&request, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = put(&request, IFLA_INFO_DATA, NULL, 0);
  const struct ifinfomsg any = {0};
  struct rtattr *peer = put(&request, VETH_INFO_PEER, &any, sizeof any);
  put_name(&request, "eth0");
  put_hardware_address(&request, cable->address);
  put(&request, IFLA_NET_NS_FD, &inside, sizeof inside);
  close_nest(&request, peer);
  close_nest(&request, data);
  close_nest(&request, info);
  demand(cable->host.routing, &request, cable->device);
  close(inside);
}

// Machines on one bridge do not see each other: their ports speak to the bridge alone.
static void isolate(const struct cable *cable, int device) {
  struct request request;
  const uint8_t yes = 1;
  begin(&request, RTM_SETLINK, 0);
  request.link.ifi_family = AF_BRIDGE;
  request.link.ifi_index = device;
  struct rtattr *port = put(&request, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
  put(&request, IFLA_BRPORT_ISOLATED, &yes, sizeof yes);
  close_nest(&request, port);
  demand(cable->host.routing, &request, "an isolated port");
}

static void raise_device(const struct cable *cable, int device) {
  struct request request;
  begin(&request, RTM_SETLINK, 0);
  request.link.ifi_index = device;
  request.link.ifi_flags = request.link.ifi_change = IFF_UP;
  demand(cable->host.routing, &request, "a device that is up");
}

// The port is isolated before anything can pass. Who may use the name has it for itself alone: what
// bears it was left behind.
void connect_cable(const struct cable *cable) {
  cut_cable(cable);
  int bridge = index_of(&cable->host, cable->bridge);
  if (bridge == 0) fail("find", cable->bridge);
  add_pair(cable, bridge);
  int device = index_of(&cable->host, cable->device);
  if (device == 0) fail("find", cable->device);
  isolate(cable, device);
  raise_device(cable, device);
}

void cut_cable(const struct cable *cable) {
  struct request request;
  begin(&request, RTM_DELLINK, 0);
  request.link.ifi_index = index_of(&cable->host, cable->device);
  if (request.link.ifi_index == 0) return;
  errno = ask(cable->host.routing, &request);
  if (errno != 0 && errno != ENODEV) fail("remove", cable->device);
}
