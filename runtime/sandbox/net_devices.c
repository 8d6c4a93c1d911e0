/*
 * net_devices.c - moves network devices into the container and, when create fails, back (D-21 to
 * D-27).
 *
 * A virtual device dies with its network namespace, so what fails behind a move must undo it.  The
 * socket in the container's namespace keeps that alive until then, also when init is dead.
 */
#include "sandbox/net_devices.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/host.h"
#include "sandbox/netlink.h"
#include <errno.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/stat.h>

enum { INDEX_TRIES = 4096, DUMP_TRIES = 10 };

/* The kernel's own message about it, RTM_NEWADDR. */
struct net_address {
	const struct nlmsghdr *message;
	struct net_address *next;
};

struct net_move {
	const struct spec_net_device *device;
	int host_index, index; /* index: in the container, 0: not moved */
	bool was_up;
	struct net_address *addresses;
};

struct link {
	int index;
	unsigned flags;
};

int net_devices_plan(const struct spec *spec, const struct host *host)
{
	if (!spec->linux_.net_devices.count)
		return 0;
	if (host->rootless || !(host->caps & UINT64_C(1) << CAP_NET_ADMIN))
		return fail_at(&spec->linux_.net_devices, 0,
			       "moving network devices takes CAP_NET_ADMIN in the host's network "
			       "namespace, which an ordinary user does not have");
	return 0;
}

/* The name in the container; "%d" in it is the kernel's to fill in. */
static const char *new_name(const struct spec_net_device *d)
{
	return d->name ? d->name : d->host_name;
}

static int refused(const struct spec_net_device *d, int code, const char *what,
		   const struct netlink_request *r)
{
	return *r->why ? fail_at(d, code, "%s (%s)", what, r->why) : fail_at(d, code, "%s", what);
}

/* ---- looking up ---- */

static void read_link(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	struct link *link = arg;

	*link = (struct link){ info->ifi_index, info->ifi_flags };
}

/* By name, or by index where name is NULL.  Silent: -1 with errno, ENODEV when there is none. */
static int find_link(int fd, const char *name, int index, struct link *ret)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const uint32_t no_counters = RTEXT_FILTER_SKIP_STATS;
	struct netlink_request r;

	netlink_begin(&r, RTM_GETLINK, 0, &head, sizeof head);
	netlink_add(&r, IFLA_EXT_MASK, &no_counters, sizeof no_counters);
	if (name)
		netlink_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_talk(fd, &r, read_link, ret);
}

struct gathering {
	struct net_move *move;
	struct net_address **end;
	struct arena *arena;
};

/* IFA_FLAGS has 32 bits, the head only the first 8. */
static uint32_t address_flags(const struct nlmsghdr *message)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	const struct rtattr *a = netlink_attribute(message, sizeof *head, IFA_FLAGS);

	return a ? *(const uint32_t *)RTA_DATA(a) : head->ifa_flags;
}

static void gather(const struct nlmsghdr *message, void *arg)
{
	struct gathering *g = arg;
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	struct net_address *a;

	if (message->nlmsg_type != RTM_NEWADDR || (int)head->ifa_index != g->move->host_index ||
	    !(address_flags(message) & IFA_F_PERMANENT))
		return;
	a = ARENA_NEW(g->arena, struct net_address);
	a->message = memcpy(arena_alloc(g->arena, message->nlmsg_len), message, message->nlmsg_len);
	*g->end = a;
	g->end = &a->next; /* in their order: of one subnet the first is the primary one */
}

static int read_addresses(int fd, struct net_move *m, struct arena *arena)
{
	const struct ifaddrmsg head = { .ifa_family = AF_UNSPEC };
	struct netlink_request r;
	int result = -1;

	for (int i = 0; i < DUMP_TRIES; i++) {
		struct gathering g = { .move = m, .end = &m->addresses, .arena = arena };

		m->addresses = NULL;
		netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &head, sizeof head);
		result = netlink_talk(fd, &r, gather, &g);
		if (result == 0 || errno != EINTR)
			break;
	}
	return result < 0 ? refused(m->device, errno, "read its addresses", &r) : 0;
}

static int find_device(int host_fd, const struct spec_net_device *d, struct link *ret)
{
	if (find_link(host_fd, d->host_name, 0, ret) == 0)
		return 0;
	if (errno != ENODEV)
		return fail_at(d, errno, "look up network device %s", d->host_name);
	return fail_at(d, 0,
		       "there is no network device %s in the network namespace of the runtime",
		       d->host_name);
}

int net_devices_check(const struct spec *spec)
{
	const size_t count = spec->linux_.net_devices.count;
	cleanup_fd int fd = count ? netlink_open() : -1;
	struct link link;

	if (count && fd < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (find_device(fd, &spec->linux_.net_devices.items[i], &link) < 0 &&
		    fail_go_on() < 0)
			return -1;
	return 0;
}

/* What a move needs, looked up before any device is touched. */
static int prepare(struct net_devices *n, struct net_move *m, struct arena *arena)
{
	const struct spec_net_device *d = m->device;
	struct link link = { 0 };

	if (find_device(n->host_fd, d, &link) < 0)
		return -1;
	m->host_index = link.index;
	m->was_up = link.flags & IFF_UP;
	/* Before the move: the kernel would move the device, and then refuse the name. */
	if (!strchr(new_name(d), '%') && find_link(n->container_fd, new_name(d), 0, &link) == 0)
		return fail_at(d, 0, "the container has a network device %s already", new_name(d));
	return read_addresses(n->host_fd, m, arena);
}

/* ---- moving ---- */

/* The same index where it is free, so that the device can be followed whatever its name becomes. */
static int free_index(int fd, int index)
{
	struct link link;

	for (int i = 0; i < INDEX_TRIES; i++)
		if (find_link(fd, NULL, index + i, &link) < 0)
			return errno == ENODEV ? index + i : -1;
	errno = EMFILE;
	return -1;
}

static int move_link(int from_fd, int index, int to_ns_fd, int to_index, const char *name,
		     struct netlink_request *r)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const uint32_t ns = (uint32_t)to_ns_fd;

	netlink_begin(r, RTM_NEWLINK, 0, &head, sizeof head);
	netlink_add(r, IFLA_NET_NS_FD, &ns, sizeof ns);
	netlink_add(r, IFLA_NEW_IFINDEX, &to_index, sizeof to_index);
	netlink_add(r, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_talk(from_fd, r, NULL, NULL);
}

static int set_up(int fd, int index, struct netlink_request *r)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC,
					.ifi_index = index,
					.ifi_flags = IFF_UP,
					.ifi_change = IFF_UP };

	netlink_begin(r, RTM_NEWLINK, 0, &head, sizeof head);
	return netlink_talk(fd, r, NULL, NULL);
}

/* The address as it was; the label is part of the old name. */
static int add_address(int fd, int index, const struct net_address *a, bool label,
		       struct netlink_request *r)
{
	static const uint16_t kept[] = { IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY };
	const uint32_t settable = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
				  IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
	const uint32_t flags = address_flags(a->message) & settable;
	struct ifaddrmsg head = *(const struct ifaddrmsg *)NLMSG_DATA(a->message);
	const struct rtattr *name = netlink_attribute(a->message, sizeof head, IFA_LABEL);

	head.ifa_index = (uint32_t)index;
	head.ifa_flags = (uint8_t)flags;
	netlink_begin(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
	for (size_t i = 0; i < COUNT(kept); i++) {
		const struct rtattr *v = netlink_attribute(a->message, sizeof head, kept[i]);

		if (v)
			netlink_add(r, kept[i], RTA_DATA(v), RTA_PAYLOAD(v));
	}
	if (label && name)
		netlink_add(r, IFA_LABEL, RTA_DATA(name), RTA_PAYLOAD(name));
	netlink_add(r, IFA_FLAGS, &flags, sizeof flags);
	return netlink_talk(fd, r, NULL, NULL) < 0 && errno != EEXIST ? -1 : 0;
}

/* Only what is meant for persistent, external communication (config-linux.md, Network Devices). */
static bool is_global(const struct net_address *a)
{
	return ((const struct ifaddrmsg *)NLMSG_DATA(a->message))->ifa_scope == RT_SCOPE_UNIVERSE;
}

static int move(struct net_devices *n, struct net_move *m)
{
	const struct spec_net_device *d = m->device;
	struct netlink_request r = { 0 };
	struct link link;
	int index = free_index(n->container_fd, m->host_index);

	if (index < 0)
		return fail_at(d, errno, "find a free index for network device %s", d->host_name);
	if (move_link(n->host_fd, m->host_index, n->container_ns_fd, index, new_name(d), &r) < 0) {
		int code = errno;

		/* Was it the move, or the name afterwards? */
		m->index = find_link(n->container_fd, NULL, index, &link) == 0 ? index : 0;
		return refused(d, code, "move it into the container's network namespace", &r);
	}
	m->index = index;
	for (const struct net_address *a = m->addresses; a; a = a->next)
		if (is_global(a) && add_address(n->container_fd, index, a, false, &r) < 0)
			return refused(d, errno, "give it its address in the container", &r);
	if (set_up(n->container_fd, index, &r) < 0)
		return refused(d, errno, "set it up in the container", &r);
	return 0;
}

static int is_elsewhere(const struct spec *spec, const struct net_devices *n)
{
	struct stat host, container;

	if (fstat(n->host_ns_fd, &host) < 0 || fstat(n->container_ns_fd, &container) < 0)
		return fail(errno, "look at a network namespace");
	if (host.st_ino == container.st_ino && host.st_dev == container.st_dev)
		return fail_at(&spec->linux_.net_devices, 0,
			       "the network namespace of the container is the runtime's own");
	return 0;
}

int net_devices_move(const struct spec *spec, int container_fd, struct net_devices *ret)
{
	struct net_devices *n = ret;

	*n = NET_DEVICES_NONE;
	n->container_fd = container_fd;
	if ((n->host_fd = netlink_open()) < 0 ||
	    (n->host_ns_fd = netlink_namespace(n->host_fd)) < 0 ||
	    (n->container_ns_fd = netlink_namespace(n->container_fd)) < 0 ||
	    is_elsewhere(spec, n) < 0)
		return -1;
	n->count = spec->linux_.net_devices.count;
	n->moves = ARENA_ARRAY(spec->arena, n->count, struct net_move);
	for (size_t i = 0; i < n->count; i++) {
		n->moves[i].device = &spec->linux_.net_devices.items[i];
		if (prepare(n, &n->moves[i], spec->arena) < 0)
			return -1;
	}
	for (size_t i = 0; i < n->count; i++)
		if (move(n, &n->moves[i]) < 0)
			return -1;
	return 0;
}

/* ---- and back ---- */

static void warn(const struct net_move *m, const char *what, const struct netlink_request *r)
{
	log_warning("network device %s: %s: %s%s%s", m->device->host_name, what, fail_reason(errno),
		    *r->why ? ": " : "", r->why);
}

static void take_back(const struct net_devices *n, const struct net_move *m)
{
	struct netlink_request r = { 0 };
	int index = free_index(n->host_fd, m->host_index);

	if (index < 0 || move_link(n->container_fd, m->index, n->host_ns_fd, index,
				   m->device->host_name, &r) < 0) {
		warn(m, "bring it back from the container", &r);
		return;
	}
	for (const struct net_address *a = m->addresses; a; a = a->next)
		if (add_address(n->host_fd, index, a, true, &r) < 0)
			warn(m, "give it back its address", &r);
	if (m->was_up && set_up(n->host_fd, index, &r) < 0)
		warn(m, "set it up again", &r);
}

void net_devices_take_back(struct net_devices *n)
{
	for (size_t i = n->count; i-- > 0;)
		if (n->moves[i].index) {
			take_back(n, &n->moves[i]);
			n->moves[i].index = 0;
		}
}

void net_devices_close(struct net_devices *n)
{
	fd_close(&n->host_fd);
	fd_close(&n->container_fd);
	fd_close(&n->host_ns_fd);
	fd_close(&n->container_ns_fd);
}
