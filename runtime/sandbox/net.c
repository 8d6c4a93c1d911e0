/* net.c - loopback of a new network namespace; what else is in it comes from the engine, or from
 * net_devices.c. */
#include "base/fd.h"
#include "sandbox/net_devices.h"
#include "sandbox/small.h"
#include <errno.h>
#include <linux/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int net_plan(const struct spec *spec, const struct host *host, struct net *ret)
{
	const char *path = NULL;

	if (net_devices_plan(spec, host) < 0)
		return -1;
	*ret = (struct net){ .new_namespace =
				     spec_has_namespace(spec, NS_NETWORK, &path) && !path };
	return 0;
}

int net_apply(const struct net *n)
{
	/* Any socket carries the request; a unix one exists where there is no IPv4.  Only the
	 * settable flags count. */
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (!n->new_namespace)
		return 0;
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail(errno, "set the loopback device up");
	return 0;
}
