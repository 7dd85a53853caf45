// Prints which segmentation offloads of an interface are on: `offloads eth0` says `gso=0 tso=0` when none is.

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static unsigned is_on(int socket, const char* interface, unsigned command) {
  struct ethtool_value value = {.cmd = command};
  struct ifreq request = {.ifr_data = (void*)&value};
  strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCETHTOOL, &request) == 0) return value.data;
  perror(interface);
  return 2;
}

int main(int count, char** words) {
  const int socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (count != 2 || socket_fd < 0) return 2;
  printf("gso=%u tso=%u\n", is_on(socket_fd, words[1], ETHTOOL_GGSO), is_on(socket_fd, words[1], ETHTOOL_GTSO));
  return 0;
}
