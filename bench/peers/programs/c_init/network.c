#include "c_init.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { loopback = 1, message_bytes = 256 };

struct request {
	struct nlmsghdr header;
	char body[message_bytes];
};

static void *append(struct request *request, const void *bytes, size_t length)
{
	char *at = (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);
	memcpy(at, bytes, length);
	request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + (unsigned)length;
	return at;
}

static void append_attribute(struct request *request, unsigned short type, const void *bytes, size_t length)
{
	struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(length), .rta_type = type};
	append(request, &attribute, sizeof attribute);
	append(request, bytes, length);
}

/* rtnetlink(7): one request, one acknowledgement. */
static void send_request(int fd, struct request *request, const char *what)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[message_bytes];
	} answer;
	CHECK(send(fd, request, request->header.nlmsg_len, 0), what);
	CHECK(recv(fd, &answer, sizeof answer, 0), what);
	if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error != 0)
		fail("configure", what);
}

static struct request new_request(unsigned short type, unsigned short flags)
{
	struct request request = {.header = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type}};
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return request;
}

static void set_up(int fd, int index)
{
	struct request request = new_request(RTM_NEWLINK, 0);
	struct ifinfomsg link = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	append(&request, &link, sizeof link);
	send_request(fd, &request, "link");
}

static void add_address(int fd, unsigned index, unsigned char family, const char *text, unsigned char prefix)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t length = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct request request = new_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg address = {.ifa_family = family, .ifa_prefixlen = prefix, .ifa_flags = IFA_F_NODAD, .ifa_index = index};
	CHECK(inet_pton(family, text, bytes) - 1, text);
	append(&request, &address, sizeof address);
	append_attribute(&request, IFA_LOCAL, bytes, length);
	append_attribute(&request, IFA_ADDRESS, bytes, length);
	send_request(fd, &request, text);
}

static void add_default_route(int fd, int index, unsigned char family, const char *gateway)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	struct request request = new_request(RTM_NEWROUTE, NLM_F_CREATE);
	struct rtmsg route = {
		.rtm_family = family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	CHECK(inet_pton(family, gateway, bytes) - 1, gateway);
	append(&request, &route, sizeof route);
	append_attribute(&request, RTA_GATEWAY, bytes, family == AF_INET ? 4 : 16);
	append_attribute(&request, RTA_OIF, &index, sizeof index);
	send_request(fd, &request, gateway);
}

void configure_network(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	CHECK(fd, "netlink");
	unsigned index = if_nametoindex("eth0");
	if (index == 0)
		fail("find", "eth0");
	set_up(fd, loopback);
	write_optional_file("/proc/sys/net/ipv6/conf/eth0/accept_ra", "0");
	write_optional_file("/proc/sys/net/ipv6/conf/eth0/autoconf", "0");
	add_address(fd, index, AF_INET, "10.0.2.15", 24);
	add_address(fd, index, AF_INET6, "fec0::15", 64);
	set_up(fd, (int)index);
	add_default_route(fd, (int)index, AF_INET, "10.0.2.2");
	add_default_route(fd, (int)index, AF_INET6, "fec0::2");
	close(fd);
}
