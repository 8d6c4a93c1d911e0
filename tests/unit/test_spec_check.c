/* Rules between members of config.json. */
#include "spec_cases.h"

/* clang-format off */
#define MAP(c, h, n) "{'containerID':" c ",'hostID':" h ",'size':" n "}"
#define USERNS(uid, gid) LINUX(NAMESPACE("user") ",'uidMappings':[" uid "],'gidMappings':[" gid "]")
#define ONE MAP("0", "0", "1")
#define SCHEDULER(members) PROCESS(",'scheduler':{" members "}")
#define TIMES(clock) "'timeOffsets':{'" clock "':{'secs':1}}"
#define NETDEV(name, member) LINUX(NAMESPACE("network") ",'netDevices':{'" name "':{" member "}}")
#define POLICY(members) LINUX("'memoryPolicy':{" members "}")

static const struct spec_case cases[] = {
	{ "P-19 an rlimit listed twice",
	  PROCESS(",'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},{'type':'RLIMIT_AS','soft':1,'hard':1},"
		  "{'type':'RLIMIT_CPU','soft':1,'hard':1}]"),
	  "process.rlimits[2].type: RLIMIT_CPU is listed twice" },
	{ "P-21 soft limit above hard limit", PROCESS(",'rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':1}]"),
	  "process.rlimits[0].soft: is more than the hard limit" },
	{ "P-21 soft limit equal to hard limit", PROCESS(",'rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':2}]"), NULL },
	{ "P-27 nice for SCHED_OTHER", SCHEDULER("'policy':'SCHED_OTHER','nice':-20"), NULL },
	{ "P-27 nice for SCHED_BATCH", SCHEDULER("'policy':'SCHED_BATCH','nice':19"), NULL },
	{ "P-27 nice for SCHED_FIFO", SCHEDULER("'policy':'SCHED_FIFO','priority':1,'nice':1"),
	  "process.scheduler.nice: SCHED_FIFO has no nice value" },
	{ "P-28 priority for SCHED_RR", SCHEDULER("'policy':'SCHED_RR','priority':99"), NULL },
	{ "P-28 SCHED_FIFO without priority", SCHEDULER("'policy':'SCHED_FIFO'"),
	  "process.scheduler: SCHED_FIFO needs a priority from 1 to 99" },
	{ "P-28 priority for SCHED_OTHER", SCHEDULER("'policy':'SCHED_OTHER','priority':1"),
	  "process.scheduler.priority: SCHED_OTHER has no priority" },
	{ "P-30 deadline", SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1000,'deadline':1000,'period':1000"), NULL },
	{ "P-30 period may be left out", SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1,'deadline':2"), NULL },
	{ "P-30 runtime for SCHED_OTHER", SCHEDULER("'policy':'SCHED_OTHER','runtime':1"), "for SCHED_DEADLINE only" },
	{ "P-30b deadline for SCHED_OTHER", SCHEDULER("'policy':'SCHED_OTHER','deadline':1"), "for SCHED_DEADLINE only" },
	{ "P-30c period for SCHED_OTHER", SCHEDULER("'policy':'SCHED_OTHER','period':1"), "for SCHED_DEADLINE only" },
	{ "P-30 deadline without runtime", SCHEDULER("'policy':'SCHED_DEADLINE','deadline':1"), "needs a runtime" },
	{ "P-30 runtime above deadline", SCHEDULER("'policy':'SCHED_DEADLINE','runtime':2,'deadline':1"),
	  "deadline is less than runtime" },
	{ "P-30 deadline above period", SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1,'deadline':3,'period':2"),
	  "process.scheduler.period: is less than deadline" },

	{ "N-01 a namespace listed twice", LINUX("'namespaces':[{'type':'pid'},{'type':'uts'},{'type':'pid'}]"),
	  "linux.namespaces[2].type: namespace pid is listed twice" },
	{ "N-01 every namespace once",
	  LINUX("'namespaces':[{'type':'pid'},{'type':'network'},{'type':'mount'},{'type':'ipc'},{'type':'uts'},"
		"{'type':'cgroup'},{'type':'time'}]"), NULL },
	{ "T-06 hostname without uts namespace", DOCUMENT(",'hostname':'h'"), "hostname: a host name needs a uts namespace" },
	{ "T-06 hostname with uts namespace", DOCUMENT(",'hostname':'h','linux':{" NAMESPACE("uts") "}"), NULL },
	{ "T-06 empty hostname needs no namespace", DOCUMENT(",'hostname':''"), NULL },
	{ "T-07 domainname without uts namespace", DOCUMENT(",'domainname':'d'"),
	  "domainname: a domain name needs a uts namespace" },
	{ "L-02 masked paths without mount namespace", LINUX("'maskedPaths':['/proc/kcore']"), "need a mount namespace" },
	{ "L-03 read-only paths without mount namespace", LINUX("'readonlyPaths':['/proc/sys']"), "need a mount namespace" },
	{ "L-02 empty lists need no mount namespace", LINUX("'maskedPaths':[],'readonlyPaths':[]"), NULL },
	{ "D-21 net devices without network namespace", LINUX("'netDevices':{'eth0':{}}"),
	  "linux.netDevices: network devices need a network namespace" },
	{ "N-12 uid mappings without user namespace", LINUX("'uidMappings':[" ONE "]"),
	  "linux.uidMappings: id mappings need a user namespace" },
	{ "N-12 gid mappings without user namespace", LINUX("'gidMappings':[" ONE "]"),
	  "linux.gidMappings: id mappings need a user namespace" },
	{ "N-12 mappings with user namespace", USERNS(ONE, ONE), NULL },
	{ "N-07 new user namespace without uid mappings", USERNS("", ONE), "a new user namespace needs uidMappings" },
	{ "N-07 new user namespace without gid mappings", USERNS(ONE, ""), "a new user namespace needs gidMappings" },
	{ "N-11 joined user namespace needs no mappings", LINUX("'namespaces':[{'type':'user','path':'/p'}]"), NULL },
	{ "N-12 container ids overlap", USERNS(MAP("0", "0", "10") "," MAP("9", "100", "10"), ONE),
	  "linux.uidMappings[1]: container ids overlap with those of mapping 0" },
	{ "N-12 host ids overlap", USERNS(ONE, MAP("50", "100", "10") "," MAP("0", "91", "10")),
	  "linux.gidMappings[1]: host ids overlap with those of mapping 0" },
	{ "N-12 neighbours do not overlap", USERNS(MAP("0", "0", "10") "," MAP("10", "10", "10"), ONE), NULL },
	{ "N-13 whole range", USERNS(MAP("0", "0", "4294967295"), ONE), NULL },
	{ "N-13 container range beyond the last id", USERNS(MAP("1", "0", "4294967295"), ONE),
	  "linux.uidMappings[0].size: the range ends behind the last id" },
	{ "N-13 host range beyond the last id", USERNS(MAP("0", "4294967295", "1"), ONE), "ends behind the last id" },
	{ "M-07 uid mappings alone on a mount", MOUNT(",'uidMappings':[" ONE "]"), "mounts[0]: uidMappings and gidMappings" },
	{ "M-07 gid mappings alone on a mount", MOUNT(",'gidMappings':[" ONE "]"), "mounts[0]: uidMappings and gidMappings" },
	{ "M-07 both mappings on a mount", MOUNT(",'uidMappings':[" ONE "],'gidMappings':[" ONE "]"), NULL },
	{ "M-08 mappings of a mount overlap", MOUNT(",'uidMappings':[" ONE "," ONE "],'gidMappings':[" ONE "]"),
	  "mounts[0].uidMappings[1]: container ids overlap" },
	{ "N-15 offsets without time namespace", LINUX(TIMES("boottime")), "time offsets need a time namespace" },
	{ "N-15 offsets in a joined time namespace",
	  LINUX(TIMES("boottime") ",'namespaces':[{'type':'time','path':'/p'}]"), "a time namespace that is joined" },
	{ "N-15 offsets in a new time namespace", LINUX(TIMES("boottime") "," NAMESPACE("time")), NULL },
	{ "N-15 monotonic clock", LINUX(TIMES("monotonic") "," NAMESPACE("time")), NULL },
	{ "N-15 unknown clock", LINUX(TIMES("realtime") "," NAMESPACE("time")),
	  "linux.timeOffsets.realtime: unknown clock \"realtime\"" },

	{ "D-17 char device without minor", LINUX("'devices':[{'path':'/d','type':'c','major':1}]"),
	  "linux.devices[0]: a device of type c needs major and minor" },
	{ "D-17 block device without major", LINUX("'devices':[{'path':'/d','type':'b','minor':1}]"),
	  "a device of type b needs major and minor" },
	{ "D-17 fifo needs no numbers", LINUX("'devices':[{'path':'/d','type':'p'}]"), NULL },
	{ "D-22 renamed", NETDEV("eth0", "'name':'ctr0'"), NULL },
	{ "D-22 keeps its name", NETDEV("eth0", ""), NULL },
	{ "D-22 15 bytes are a name", NETDEV("eth0", "'name':'123456789012345'"), NULL },
	{ "D-22 16 bytes are no name", NETDEV("eth0", "'name':'1234567890123456'"), "linux.netDevices.eth0.name: " },
	{ "D-22 empty name", NETDEV("eth0", "'name':''"), "is not a name for a network interface" },
	{ "D-22 slash", NETDEV("eth0", "'name':'a/b'"), "is not a name for a network interface" },
	{ "D-22 colon", NETDEV("eth0", "'name':'a:b'"), "is not a name for a network interface" },
	{ "D-22 blank", NETDEV("eth0", "'name':'a b'"), "is not a name for a network interface" },
	{ "D-22 dot", NETDEV("eth0", "'name':'.'"), "is not a name for a network interface" },
	{ "D-22 two dots", NETDEV("eth0", "'name':'..'"), "is not a name for a network interface" },
	{ "D-22 slash in the host's name", NETDEV("a/b", ""), "\"a/b\" is not the name of a network interface" },
	{ "D-22 two devices of one name", LINUX(NAMESPACE("network") ",'netDevices':{'eth0':{'name':'x'},'eth1':{'name':'x'}}"),
	  "linux.netDevices.eth1: two network devices would be called x" },
	{ "D-22 the name of another device", LINUX(NAMESPACE("network") ",'netDevices':{'eth0':{},'eth1':{'name':'eth0'}}"),
	  "two network devices would be called eth0" },
	{ "D-22 two devices change their names", LINUX(NAMESPACE("network") ",'netDevices':{'eth0':{'name':'eth1'},'eth1':{'name':'eth0'}}"), NULL },
	{ "D-23 two devices of one pattern", LINUX(NAMESPACE("network") ",'netDevices':{'eth0':{'name':'x%d'},'eth1':{'name':'x%d'}}"), NULL },
	{ "D-23 the kernel picks the number", NETDEV("eth0", "'name':'eth%d'"), NULL },
	{ "D-23 only one %d", NETDEV("eth0", "'name':'e%d%d'"), "is not a name for a network interface" },
	{ "D-23 only %d", NETDEV("eth0", "'name':'e%s'"), "is not a name for a network interface" },
	{ "L-06 no flag of a personality is supported", LINUX("'personality':{'domain':'LINUX','flags':['X']}"),
	  "linux.personality.flags: flag \"X\" is not supported" },
	{ "L-06 empty flags", LINUX("'personality':{'domain':'LINUX32','flags':[]}"), NULL },
	{ "MP-02 nodes with MPOL_DEFAULT", POLICY("'mode':'MPOL_DEFAULT','nodes':'0'"), "MPOL_DEFAULT takes no nodes" },
	{ "MP-02 nodes with MPOL_LOCAL", POLICY("'mode':'MPOL_LOCAL','nodes':'0'"), "MPOL_LOCAL takes no nodes" },
	{ "MP-02 MPOL_BIND without nodes", POLICY("'mode':'MPOL_BIND'"), "linux.memoryPolicy: MPOL_BIND needs nodes" },
	{ "MP-02 MPOL_INTERLEAVE with empty nodes", POLICY("'mode':'MPOL_INTERLEAVE','nodes':''"), "needs nodes" },
	{ "MP-02 MPOL_PREFERRED without nodes is local", POLICY("'mode':'MPOL_PREFERRED'"), NULL },
	{ "MP-02 MPOL_BIND with nodes", POLICY("'mode':'MPOL_BIND','nodes':'0-1'"), NULL },
	{ "MP-03 static and relative nodes",
	  POLICY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']"),
	  "exclude each other" },

	{ "R-09 reservation above limit", RESOURCES("'memory':{'limit':100,'reservation':101}"),
	  "linux.resources.memory.reservation: is more than memory.limit" },
	{ "R-09 reservation without limit", RESOURCES("'memory':{'reservation':101}"), NULL },
	{ "R-10 swap below limit", RESOURCES("'memory':{'limit':100,'swap':99}"),
	  "linux.resources.memory.swap: is less than memory.limit" },
	{ "R-10 swap without limit", RESOURCES("'memory':{'swap':99}"), "linux.resources.memory.swap: needs memory.limit" },
	{ "R-10 swap with limit 0", RESOURCES("'memory':{'limit':0,'swap':99}"), "needs memory.limit" },
	{ "R-10 swap equal to limit", RESOURCES("'memory':{'limit':100,'swap':100}"), NULL },
	{ "R-10 unlimited swap without limit", RESOURCES("'memory':{'swap':-1}"), NULL },
	{ "R-10 swap 0 is unset", RESOURCES("'memory':{'limit':100,'swap':0}"), NULL },
	{ "R-10 swap with unlimited memory", RESOURCES("'memory':{'limit':-1,'swap':5}"), NULL },
	{ "R-11 kernel memory", RESOURCES("'memory':{'kernel':5}"), "no limit for kernel memory" },
	{ "R-11b kernel TCP memory", RESOURCES("'memory':{'kernelTCP':5}"), "no limit for TCP buffers" },
	{ "R-11 unlimited kernel memory", RESOURCES("'memory':{'kernel':-1,'kernelTCP':-1}"), NULL },
	{ "R-12 swappiness", RESOURCES("'memory':{'swappiness':60}"), "no swappiness" },
	{ "R-12 swappiness 0", RESOURCES("'memory':{'swappiness':0}"), "no swappiness" },
	{ "R-12 swappiness -1 as Docker writes it", RESOURCES("'memory':{'swappiness':18446744073709551615}"), NULL },
	{ "R-13 OOM killer off", RESOURCES("'memory':{'disableOOMKiller':true}"), "cannot disable the OOM killer" },
	{ "R-13 OOM killer on", RESOURCES("'memory':{'disableOOMKiller':false}"), NULL },
	{ "R-14 no hierarchy", RESOURCES("'memory':{'useHierarchy':false}"), "always uses the hierarchy" },
	{ "R-14 hierarchy", RESOURCES("'memory':{'useHierarchy':true}"), NULL },
	{ "R-19 burst above quota", RESOURCES("'cpu':{'quota':1000,'burst':1001}"), "cpu.burst: is more than cpu.quota" },
	{ "R-19 burst without quota", RESOURCES("'cpu':{'quota':-1,'burst':1001}"), NULL },
	{ "R-20 real-time runtime", RESOURCES("'cpu':{'realtimeRuntime':1}"), "no real-time budget" },
	{ "R-20b real-time period", RESOURCES("'cpu':{'realtimePeriod':1}"), "no real-time budget" },
	{ "R-20 real-time budget 0", RESOURCES("'cpu':{'realtimeRuntime':0,'realtimePeriod':0}"), NULL },
	{ "R-26 leaf weight", RESOURCES("'blockIO':{'leafWeight':10}"), "no leaf weight" },
	{ "R-26 leaf weight 0", RESOURCES("'blockIO':{'weight':0,'leafWeight':0}"), NULL },
	{ "R-27 device without weight", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0}]}"),
	  "linux.resources.blockIO.weightDevice[0]: a weight is missing" },
	{ "R-28 leaf weight of a device", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':10}]}"),
	  "no leaf weight" },
	{ "R-35 network class", RESOURCES("'network':{'classID':1}"), "no network class" },
	{ "R-35 network class 0", RESOURCES("'network':{'classID':0}"), NULL },
	{ "R-36 network priorities", RESOURCES("'network':{'priorities':[{'name':'eth0','priority':1}]}"),
	  "no network priorities" },
	{ "R-36 empty network priorities", RESOURCES("'network':{'priorities':[]}"), NULL },
	{ "R-37 rdma without limit", RESOURCES("'rdma':{'mlx5_1':{}}"), "hcaHandles or hcaObjects is missing" },
	{ "R-37 rdma handles alone", RESOURCES("'rdma':{'mlx5_1':{'hcaHandles':1}}"), NULL },
	{ "R-37b rdma objects alone", RESOURCES("'rdma':{'mlx5_1':{'hcaObjects':1}}"), NULL },
	{ "R-38 unknown file name", RESOURCES("'unified':{'memory.new':'1'}"), NULL },
	{ "R-38 slash", RESOURCES("'unified':{'/memory.high':'1'}"), "is not the name of a cgroup file" },
	{ "R-38 parent directory", RESOURCES("'unified':{'..':'1'}"), "is not the name of a cgroup file" },
	{ "R-38 the directory itself", RESOURCES("'unified':{'.':'1'}"), "is not the name of a cgroup file" },

	{ "SC-02 default errno of ERRNO", SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38"), NULL },
	{ "SC-02 default errno of TRACE", SECCOMP("'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':1"), NULL },
	{ "SC-02 default errno of ALLOW", ALLOWING(",'defaultErrnoRet':1"),
	  "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW returns no errno" },
	{ "SC-06 metadata without listener", ALLOWING(",'listenerMetadata':'m'"),
	  "linux.seccomp.listenerMetadata: must not be set without listenerPath" },
	{ "SC-06 metadata with listener", ALLOWING(",'listenerMetadata':'m','listenerPath':'/s'"), NULL },
	{ "SC-08 empty name", ALLOWING(",'syscalls':[{'names':['read',''],'action':'SCMP_ACT_LOG'}]"),
	  "linux.seccomp.syscalls[0].names[1]: must not be empty" },
	{ "SC-05 NOTIFY with listener",
	  ALLOWING(",'listenerPath':'/s','syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]"), NULL },
	{ "SC-10 errno of ALLOW", RULE("'action':'SCMP_ACT_ALLOW','errnoRet':1"),
	  "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_ALLOW returns no errno" },
	{ "SC-10 errno of ERRNO", RULE("'action':'SCMP_ACT_ERRNO','errnoRet':1"), NULL },
#define ARG "{'index':0,'value':1,'op':'SCMP_CMP_EQ'}"
	{ "SC-11 six conditions",
	  RULE("'action':'SCMP_ACT_LOG','args':[" ARG "," ARG "," ARG "," ARG "," ARG "," ARG "]"), NULL },
	{ "SC-11 seven conditions",
	  RULE("'action':'SCMP_ACT_LOG','args':[" ARG "," ARG "," ARG "," ARG "," ARG "," ARG "," ARG "]"),
	  "linux.seccomp.syscalls[0].args: has more than 6 conditions" },
};
/* clang-format on */

static void too_many_mappings(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_add(&t, "{'ociVersion':'1.0.0','root':{'path':'r'},'linux':{" NAMESPACE("user"));
	text_add(&t, ",'gidMappings':[" ONE "],'uidMappings':[");
	for (int i = 0; i <= 340; i++)
		text_addf(&t, "%s{'containerID':%d,'hostID':%d,'size':1}", i ? "," : "", i, i);
	text_add(&t, "]}}");
	assert_null(parse(t.data));
	assert_non_null(strstr(failure()->text,
			       "linux.uidMappings: has 341 mappings, the kernel takes 340"));
	text_free(&t);
}

/* `update` checks merged resources, which have no document any more. */
static void resources_without_a_document(void **state)
{
	struct spec_memory memory = { .limit = { true, 5 }, .swap = { true, 4 } };
	struct spec_resources resources = { .memory = &memory };

	(void)state;
	assert_int_equal(spec_check_resources(&resources), -1);
	assert_string_equal(failure()->text, "is less than memory.limit");
}

static const struct CMUnitTest others[] = {
	TEST("N-12 more mappings than the kernel takes", too_many_mappings),
	TEST("R-40 resources are checked without a document", resources_without_a_document),
};

int main(void)
{
	return run_cases("spec_check", cases, COUNT(cases), others, COUNT(others));
}
