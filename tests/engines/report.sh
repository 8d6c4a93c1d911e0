# report.sh - what a container's program sees of its container, a fact a line, each beginning with the place where it is seen.  Run by
# busybox as the program of bundles that engines wrote (witness); facts that differ from one container to the next are left out.
exec 2>&1
me=/proc/$$
each() { sed "s|^|$1 |"; }

for file in limits uid_map gid_map setgroups cgroup oom_score_adj coredump_filter personality timerslack_ns attr/current; do
	[ ! -r $me/$file ] || tr -d '\0' <$me/$file | tr -s ' ' | each $file
done
grep -E '^(Umask|Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp|Cpus_allowed_list|Mems_allowed_list):' $me/status | each status
# terminal; priority, nice, policy; whether it leads its group and session
cut -d' ' -f7,18,19,41 $me/stat | each stat
awk -v pid=$$ '{ print "leader", $5 == pid, $6 == pid }' $me/stat
# A fact a line for each mount: that it is there, its flags, its kinds of propagation, its file system.
awk '{
	kinds = ""
	for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); kinds = kinds " " $i }
	print "mount", $5
	print "flags", $5, $6
	print "propagation", $5 kinds
	print "filesystem", $5, $(i + 1), "root", $4, "from", $(i + 2), $(i + 3)
}' $me/mountinfo
env | each env
id | each id
pwd | each cwd
hostname | each hostname
for file in kernel/domainname net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start kernel/shmmax fs/mqueue/msg_max; do
	each "sysctl $file" </proc/sys/$file
done
for file in /dev/* /dev/pts/* /proc /sys /sys/fs/cgroup / /etc/hosts /run; do
	[ ! -e $file ] || stat -c 'file %n %A %u %g %t %T' $file
	[ ! -L $file ] || echo "link $file $(readlink $file)"
done
for file in $me/fd/*; do
	[ ! -e $file ] || echo "fd ${file##*/}"
done
cd /sys/fs/cgroup && for file in cgroup.type cgroup.controllers cgroup.subtree_control cgroup.freeze cgroup.max.* cpu.weight* cpu.max* cpu.idle \
	cpu.uclamp.* cpuset.cpus cpuset.mems memory.min memory.low memory.high memory.max memory.oom.group memory.swap.* memory.zswap.max \
	io.max io.weight io.bfq.weight pids.max hugetlb.*.max rdma.max misc.max; do
	[ ! -r $file ] || each "cgroup $file" <$file
done
