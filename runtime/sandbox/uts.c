/* uts.c - host name and domain name. */
#include "sandbox/small.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int uts_plan(const struct spec *spec, struct uts *ret)
{
	*ret = (struct uts){
		.hostname = text_is_set(spec->hostname) ? spec->hostname : NULL,
		.domainname = text_is_set(spec->domainname) ? spec->domainname : NULL,
	};
	return 0;
}

int uts_apply(const struct uts *u)
{
	if (u->hostname && sethostname(u->hostname, strlen(u->hostname)) < 0)
		return fail(errno, "set the host name to %s", u->hostname);
	if (u->domainname && setdomainname(u->domainname, strlen(u->domainname)) < 0)
		return fail(errno, "set the domain name to %s", u->domainname);
	return 0;
}
