// What the files of the network program share.
#ifndef NETWORK_H
#define NETWORK_H

// What stays with the host when this process has gone to another name space.
struct host {
  int routing;  // a socket of rtnetlink
  int control;  // for questions about devices
};

// From the bridge to the machine, where it is called eth0.
struct cable {
  struct host host;
  const char *device;
  const char *bridge;
  const char *address;  // of the machine's end
};

_Noreturn void fail(const char *verb, const char *what);

// namespace.c
void enter_new_namespace(const char *name);
void forget_namespace(const char *name);
void settle_kernel(void);

// cable.c
struct host open_host(void);
void connect_cable(const struct cable *cable);
// One that is not there is cut already.
void cut_cable(const struct cable *cable);

// inside.c: the loopback and eth0 of the name space that this process is in.
void address_inside(const char *address, const char *gateway);

#endif
