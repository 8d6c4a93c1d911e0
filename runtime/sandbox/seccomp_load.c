/* Loading, without libseccomp: the parent compiled, init loads as its last act before execve. */
#include "base/fail.h"
#include "base/syscalls.h"
#include "sandbox/seccomp.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>

int seccomp_read(int program_fd, struct sock_fprog *ret)
{
	struct stat st;

	if (fstat(program_fd, &st) < 0)
		return fail(errno, "read the seccomp program");
	size_t size = (size_t)st.st_size, length = size / sizeof(struct sock_filter);

	if (size % sizeof(struct sock_filter) || !length || length > BPF_MAXINSNS)
		return fail(EINVAL, "seccomp program of %zu bytes", size);
	/* Populated now; the mapping stays until execve drops it, also when the descriptor is
	 * closed. */
	void *code = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, program_fd, 0);

	if (code == MAP_FAILED)
		return fail(errno, "map the seccomp program");
	*ret = (struct sock_fprog){ .len = (unsigned short)length, .filter = code };
	return 0;
}

int seccomp_install(const struct sock_fprog *program, unsigned flags, int *ret_listener)
{
	int result = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, (void *)(uintptr_t)program);

	*ret_listener = -1;
	if (result < 0)
		return errno;
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
		*ret_listener = result;
		return 0;
	}
	return result ? ESRCH : 0; /* TSYNC: the id of a thread that could not follow */
}
