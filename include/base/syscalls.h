/* syscalls.h - thin wrappers for calls that glibc 2.36 lacks.  No fallbacks, no messages: -1 and
 * errno. */
#pragma once
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct clone_args;
struct sched_attr_args { /* struct sched_attr of linux/sched/types.h, 56 bytes */
	uint32_t size, sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period;
	uint32_t sched_util_min, sched_util_max;
};

static inline int sys_openat2(int dir, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof *how);
}
static inline int sys_clone3(struct clone_args *args, size_t size)
{
	return (int)syscall(SYS_clone3, args, size);
}
static inline int sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}
static inline int sys_pidfd_send_signal(int fd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}
static inline int sys_pidfd_getfd(int fd, int target)
{
	return (int)syscall(SYS_pidfd_getfd, fd, target, 0);
}
static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}
static inline int sys_sched_setattr(pid_t pid, const struct sched_attr_args *a)
{
	return (int)syscall(SYS_sched_setattr, pid, a, 0);
}
static inline int sys_sched_getattr(pid_t pid, struct sched_attr_args *a)
{
	return (int)syscall(SYS_sched_getattr, pid, a, sizeof *a, 0);
}
static inline int sys_ioprio_set(int which, int who, int prio)
{
	return (int)syscall(SYS_ioprio_set, which, who, prio);
}
static inline int sys_ioprio_get(int which, int who)
{
	return (int)syscall(SYS_ioprio_get, which, who);
}
static inline long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c,
			      unsigned long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}
static inline int sys_seccomp(unsigned op, unsigned flags, void *args)
{
	return (int)syscall(SYS_seccomp, op, flags, args);
}
static inline int sys_bpf(int cmd, void *attr, unsigned size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}
static inline long sys_set_mempolicy(int mode, const unsigned long *mask, unsigned long max)
{
	return syscall(SYS_set_mempolicy, mode, mask, max);
}
