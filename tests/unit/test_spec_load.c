/* What config.json says reaches struct spec, and single values that it may not have. */
#include "spec_cases.h"
#include <limits.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
#define PROCESS_OF(members) DOCUMENT(",'process':{" members "}")
#define NS(path) LINUX("'namespaces':[{'type':'uts','path':'" path "'}]")
#define DEVICE(members) LINUX("'devices':[{'path':'/d','type':'c','major':1,'minor':1," members "}]")
#define ACCESS(members) RESOURCES("'devices':[{'allow':true,'access':'rwm'," members "}]")
#define MAPPING(members) LINUX(NAMESPACE("user") ",'uidMappings':[{" members "}]")
#define PAGES(size) RESOURCES("'hugepageLimits':[{'pageSize':'" size "','limit':1}]")
#define NODES(list) LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'" list "'}")
#define WITH_ARG(members) RULE("'action':'SCMP_ACT_LOG','args':[{" members "}]")
#define VERSION(text) "{'ociVersion':'" text "','root':{'path':'r'}}"
#define SIXTYFOUR "0123456789012345678901234567890123456789012345678901234567890123"
#define UTS(members) DOCUMENT(members ",'linux':{" NAMESPACE("uts") "}")

static const struct spec_case cases[] = {
	{ "G-02 bytes behind the document", DOCUMENT("") "x", "config.json:1:" },
	{ "G-03 duplicate name", DOCUMENT(",'hostname':'a','hostname':'b'"), "hostname" },
	{ "G-03 names are compared with their case", DOCUMENT(",'HostName':5"), NULL },
	{ "G-04 unknown members at every depth",
	  DOCUMENT(",'new':{'a':[1]},'process':{" USER ",'args':['sh'],'cwd':'/','new':1},'linux':{'new':[]}"), NULL },
	{ "G-06 null counts as absent", DOCUMENT(",'mounts':null,'linux':null,'hooks':null,'hostname':null"), NULL },
	{ "G-06 null counts as absent where a value is required", "{'ociVersion':null,'root':{'path':'r'}}",
	  "\"ociVersion\" is required" },
	{ "G-07 a fraction is no whole number", PROCESS_OF("'user':{'uid':1.5,'gid':0}"), "process.user.uid: " },
	{ "G-08 no version", "{'root':{'path':'r'}}", "\"ociVersion\" is required" },
	{ "G-08 version 1.0.0", VERSION("1.0.0"), NULL },
	{ "G-08 version 1.0.2-dev", VERSION("1.0.2-dev"), NULL },
	{ "G-08 a minor version of the future", VERSION("1.99.0"), NULL },
	{ "G-08 pre-release and build", VERSION("1.2.3-rc.1.x-y+build.007"), NULL },
	{ "G-08 version 2.0.0", VERSION("2.0.0"), "ociVersion: version 2.0.0 is not supported" },
	{ "G-08 version 0.9.0", VERSION("0.9.0"), "is not supported" },
	{ "G-08 version 10.0.0", VERSION("10.0.0"), "is not supported" },
	{ "G-08 two numbers", VERSION("1.0"), "is not a version" },
	{ "G-08 four numbers", VERSION("1.0.0.0"), "is not a version" },
	{ "G-08 leading zero", VERSION("1.01.0"), "is not a version" },
	{ "G-08 leading zero in the pre-release", VERSION("1.0.0-01"), "is not a version" },
	{ "G-08 empty pre-release", VERSION("1.0.0-"), "is not a version" },
	{ "G-08 empty build", VERSION("1.0.0+"), "is not a version" },
	{ "G-08 empty version", VERSION(""), "is not a version" },
	{ "G-08 garbage behind the version", VERSION("1.0.0 "), "is not a version" },
	{ "G-11 NUL in a string", DOCUMENT(",'hostname':'a\\u0000b'"), "NUL" },

	{ "T-02 no process", DOCUMENT(""), NULL },
	{ "T-03 no root", "{'ociVersion':'1.0.0'}", "\"root\" is required" },
	{ "T-04 no path of root", "{'ociVersion':'1.0.0','root':{}}", "root: \"path\" is required" },
	{ "T-04 empty path of root", "{'ociVersion':'1.0.0','root':{'path':''}}", "root.path: must not be empty" },
	{ "T-06 hostname of 64 bytes", UTS(",'hostname':'" SIXTYFOUR "'"), NULL },
	{ "T-06 hostname of 65 bytes", UTS(",'hostname':'x" SIXTYFOUR "'"), "hostname: is 65 bytes long" },
	{ "T-07 domainname of 65 bytes", UTS(",'domainname':'x" SIXTYFOUR "'"), "domainname: is 65 bytes long" },
	{ "T-08 no linux", DOCUMENT(""), NULL },
	{ "T-10 empty annotation key", DOCUMENT(",'annotations':{'':'x'}"), "annotations" },
	{ "T-10 annotation that is a number", DOCUMENT(",'annotations':{'a':5}"), "annotations.a: expected a string" },

	{ "P-03 height beyond 65535", PROCESS(",'consoleSize':{'height':65536,'width':1}"), "consoleSize.height: " },
	{ "P-03b width beyond 65535", PROCESS(",'consoleSize':{'height':1,'width':65536}"), "consoleSize.width: " },
	{ "P-03b no width", PROCESS(",'consoleSize':{'height':1}"), "\"width\" is required" },
	{ "P-03 no height", PROCESS(",'consoleSize':{'width':1}"), "\"height\" is required" },
	{ "P-03 largest console", PROCESS(",'consoleSize':{'height':65535,'width':65535}"), NULL },
	{ "P-04 no cwd", PROCESS_OF(USER ",'args':['sh']"), "process: \"cwd\" is required" },
	{ "P-04 empty cwd", PROCESS_OF(USER ",'args':['sh'],'cwd':''"), "process.cwd: \"\" is not an absolute path" },
	{ "P-04 relative cwd", PROCESS_OF(USER ",'args':['sh'],'cwd':'tmp'"), "process.cwd: \"tmp\" is not an absolute path" },
	{ "P-05 environment without =", PROCESS(",'env':['A=1','B']"), "process.env[1]: \"B\" is not NAME=VALUE" },
	{ "P-05 environment without name", PROCESS(",'env':['=x']"), "process.env[0]: " },
	{ "P-05 empty value", PROCESS(",'env':['A=']"), NULL },
	{ "P-06 no args", PROCESS_OF(USER ",'cwd':'/'"), "process: \"args\" is required" },
	{ "P-06 empty args", PROCESS_OF(USER ",'args':[],'cwd':'/'"), "process.args: must not be empty" },
	{ "P-07 commandLine is for Windows", PROCESS(",'commandLine':[5]"), NULL },
	{ "P-08 no user", PROCESS_OF("'args':['sh'],'cwd':'/'"), "process: \"user\" is required" },
	{ "P-08 no uid", PROCESS_OF("'user':{'gid':0}"), "process.user: \"uid\" is required" },
	{ "P-08b no gid", PROCESS_OF("'user':{'uid':0}"), "process.user: \"gid\" is required" },
	{ "P-08 negative uid", PROCESS_OF("'user':{'uid':-1,'gid':0}"), "process.user.uid: -1 is not a whole number" },
	{ "P-09 umask beyond 0777", PROCESS_OF("'user':{'uid':0,'gid':0,'umask':512}"), "process.user.umask: 512 is not" },
	{ "P-09 umask 0777", PROCESS_OF("'user':{'uid':0,'gid':0,'umask':511},'args':['a'],'cwd':'/'"), NULL },
	{ "P-10 negative group", PROCESS_OF("'user':{'uid':0,'gid':0,'additionalGids':[1,-1]}"), "additionalGids[1]: " },
	{ "P-11 username is for Windows", PROCESS_OF("'user':{'uid':0,'gid':0,'username':5},'args':['a'],'cwd':'/'"), NULL },
	{ "P-12 unknown capability is no error", PROCESS(",'capabilities':{'bounding':['CAP_NEW']}"), NULL },
	{ "P-20 unknown rlimit", PROCESS(",'rlimits':[{'type':'RLIMIT_X','soft':1,'hard':1}]"),
	  "process.rlimits[0].type: unknown value \"RLIMIT_X\"" },
	{ "P-20 no type", PROCESS(",'rlimits':[{'soft':1,'hard':1}]"), "\"type\" is required" },
	{ "P-21 no soft limit", PROCESS(",'rlimits':[{'type':'RLIMIT_AS','hard':1}]"), "\"soft\" is required" },
	{ "P-21b no hard limit", PROCESS(",'rlimits':[{'type':'RLIMIT_AS','soft':1}]"), "\"hard\" is required" },
	{ "P-21 negative limit", PROCESS(",'rlimits':[{'type':'RLIMIT_AS','soft':-1,'hard':1}]"), "rlimits[0].soft: " },
	{ "P-24 oomScoreAdj 1000", PROCESS(",'oomScoreAdj':1000"), NULL },
	{ "P-24 oomScoreAdj 1001", PROCESS(",'oomScoreAdj':1001"), "process.oomScoreAdj: 1001 is not" },
	{ "P-24 oomScoreAdj -1000", PROCESS(",'oomScoreAdj':-1000"), NULL },
	{ "P-24 oomScoreAdj -1001", PROCESS(",'oomScoreAdj':-1001"), "process.oomScoreAdj: -1001 is not" },
	{ "P-26 no policy", PROCESS(",'scheduler':{'nice':1}"), "\"policy\" is required" },
	{ "P-26 unknown policy", PROCESS(",'scheduler':{'policy':'SCHED_NORMAL'}"), "process.scheduler.policy: " },
	{ "P-27 nice 20", PROCESS(",'scheduler':{'policy':'SCHED_OTHER','nice':20}"), "process.scheduler.nice: 20 is not" },
	{ "P-27 nice -21", PROCESS(",'scheduler':{'policy':'SCHED_OTHER','nice':-21}"), "process.scheduler.nice: " },
	{ "P-28 priority 100", PROCESS(",'scheduler':{'policy':'SCHED_FIFO','priority':100}"), "scheduler.priority: " },
	{ "P-29 unknown flag", PROCESS(",'scheduler':{'policy':'SCHED_OTHER','flags':['SCHED_FLAG_X']}"), "flags[0]: " },
	{ "P-31 unknown class", PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_NONE','priority':0}"), "ioPriority.class: " },
	{ "P-31 no class", PROCESS(",'ioPriority':{'priority':0}"), "\"class\" is required" },
	{ "P-32 no priority", PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_RT'}"), "\"priority\" is required" },
	{ "P-32 priority 8", PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':8}"), "ioPriority.priority: " },
	{ "P-33 list of CPUs", PROCESS(",'execCPUAffinity':{'initial':'0-3, 7,9 - 12'}"), NULL },
	{ "P-33 letters are no list", PROCESS(",'execCPUAffinity':{'initial':'all'}"), "execCPUAffinity.initial: " },
	{ "P-33 range without end", PROCESS(",'execCPUAffinity':{'initial':'1-'}"), "execCPUAffinity.initial: " },
	{ "P-33 range backwards", PROCESS(",'execCPUAffinity':{'initial':'3-1'}"), "execCPUAffinity.initial: " },
	{ "P-33 comma at the end", PROCESS(",'execCPUAffinity':{'initial':'1,'}"), "execCPUAffinity.initial: " },
	{ "P-33 more digits than a number has",
	  PROCESS(",'execCPUAffinity':{'initial':'00000000000000000000000000000000001'}"), "execCPUAffinity.initial: " },
	{ "P-34 empty list is no change", PROCESS(",'execCPUAffinity':{'final':''}"), NULL },
	{ "P-34 bad list", PROCESS(",'execCPUAffinity':{'final':'1-2-3'}"), "execCPUAffinity.final: " },

	{ "M-02 no destination", DOCUMENT(",'mounts':[{'type':'proc'}]"), "mounts[0]: \"destination\" is required" },
	{ "M-02 empty destination", DOCUMENT(",'mounts':[{'destination':''}]"), "mounts[0].destination: must not be empty" },
	{ "M-02 relative destination", DOCUMENT(",'mounts':[{'destination':'proc'}]"), NULL },
	{ "M-08 size 0", MOUNT(",'uidMappings':[{'containerID':0,'hostID':0,'size':0}]"), "mounts[0].uidMappings[0].size: " },

	{ "D-15 no path", LINUX("'devices':[{'type':'p'}]"), "linux.devices[0]: \"path\" is required" },
	{ "D-15 relative path", LINUX("'devices':[{'path':'dev/x','type':'p'}]"), "linux.devices[0].path: " },
	{ "D-16 unknown type", LINUX("'devices':[{'path':'/d','type':'a'}]"), "linux.devices[0].type: unknown value \"a\"" },
	{ "D-16 no type", LINUX("'devices':[{'path':'/d','major':1,'minor':1}]"), "\"type\" is required" },
	{ "D-16 two letters", LINUX("'devices':[{'path':'/d','type':'cc'}]"), "linux.devices[0].type: " },
	{ "D-17 negative major", LINUX("'devices':[{'path':'/d','type':'c','major':-1,'minor':0}]"), "devices[0].major: " },
	{ "D-17 largest numbers", LINUX("'devices':[{'path':'/d','type':'u','major':4095,'minor':1048575}]"), NULL },
	{ "D-17 major 4096", LINUX("'devices':[{'path':'/d','type':'c','major':4096,'minor':0}]"), "devices[0].major: " },
	{ "D-17b minor 1048576", LINUX("'devices':[{'path':'/d','type':'b','major':0,'minor':1048576}]"), "devices[0].minor: " },
	{ "D-18 mode 0777", DEVICE("'fileMode':511"), NULL },
	{ "D-18 mode 01000", DEVICE("'fileMode':512"), "linux.devices[0].fileMode: " },
	{ "D-18 mode with the type of a node, as Podman writes it", DEVICE("'fileMode':8630"), NULL },
	{ "D-18 mode of a directory", DEVICE("'fileMode':16877"), "linux.devices[0].fileMode: " },
	{ "D-18 set-uid node", DEVICE("'fileMode':10678"), "linux.devices[0].fileMode: " },
	{ "D-19 negative uid", DEVICE("'uid':-1"), "linux.devices[0].uid: " },

	{ "H-07 no path", HOOK(""), "hooks.prestart[0]: \"path\" is required" },
	{ "H-07 relative path", HOOK("'path':'bin/x'"), "hooks.prestart[0].path: \"bin/x\" is not an absolute path" },
	{ "H-07 empty path", HOOK("'path':''"), "hooks.prestart[0].path: " },
	{ "H-07 poststop is read too", DOCUMENT(",'hooks':{'poststop':[{'path':'x'}]}"), "hooks.poststop[0].path: " },
	{ "H-10 timeout 0", HOOK("'path':'/x','timeout':0"), "hooks.prestart[0].timeout: 0 is not" },
	{ "H-10 negative timeout", HOOK("'path':'/x','timeout':-1"), "hooks.prestart[0].timeout: " },
	{ "H-10 timeout 1", HOOK("'path':'/x','timeout':1"), NULL },

	{ "N-02 unknown namespace", LINUX("'namespaces':[{'type':'mnt'}]"), "linux.namespaces[0].type: unknown value \"mnt\"" },
	{ "N-02 no type", LINUX("'namespaces':[{'path':'/x'}]"), "linux.namespaces[0]: \"type\" is required" },
	{ "N-10 relative path", NS("proc/1/ns/uts"), "linux.namespaces[0].path: " },
	{ "N-10 absolute path", NS("/proc/1/ns/uts"), NULL },
	{ "N-10 empty path is none", NS(""), NULL },
	{ "N-13 size 0", MAPPING("'containerID':0,'hostID':0,'size':0"), "linux.uidMappings[0].size: 0 is not" },
	{ "N-13 no size", MAPPING("'containerID':0,'hostID':0"), "\"size\" is required" },
	{ "N-13 no hostID", MAPPING("'containerID':0,'size':1"), "\"hostID\" is required" },
	{ "N-13 no containerID", MAPPING("'hostID':0,'size':1"), "\"containerID\" is required" },
	{ "N-15 a second has 999999999 and one nanoseconds",
	  LINUX(NAMESPACE("time") ",'timeOffsets':{'boottime':{'nanosecs':1000000000}}"), "timeOffsets.boottime.nanosecs: " },

	{ "R-02 rule without allow", RESOURCES("'devices':[{'access':'r'}]"), "\"allow\" is required" },
	{ "R-03 unknown type", ACCESS("'type':'p'"), "linux.resources.devices[0].type: unknown value \"p\"" },
	{ "R-04 major -1 is all", ACCESS("'major':-1,'minor':-1"), NULL },
	{ "R-04 major -2", ACCESS("'major':-2"), "linux.resources.devices[0].major: " },
	{ "R-04b minor -2", ACCESS("'minor':-2"), "linux.resources.devices[0].minor: " },
	{ "R-05 rule without access", RESOURCES("'devices':[{'allow':true}]"), "\"access\" is required" },
	{ "R-05 empty access", RESOURCES("'devices':[{'allow':true,'access':''}]"), "devices[0].access: " },
	{ "R-05 unknown letter", RESOURCES("'devices':[{'allow':true,'access':'rx'}]"), "devices[0].access: " },
	{ "R-08 unlimited", RESOURCES("'memory':{'limit':-1,'reservation':-1,'swap':-1}"), NULL },
	{ "R-08 limit -2", RESOURCES("'memory':{'limit':-2}"), "memory.limit: -2 is not" },
	{ "R-09 reservation -2", RESOURCES("'memory':{'reservation':-2}"), "memory.reservation: " },
	{ "R-10 swap -2", RESOURCES("'memory':{'swap':-2}"), "memory.swap: " },
	{ "R-18 period 0 is unset", RESOURCES("'cpu':{'period':0}"), NULL },
	{ "R-18 shortest and longest period", RESOURCES("'cpu':{'period':1000}"), NULL },
	{ "R-18 period 999", RESOURCES("'cpu':{'period':999}"), "cpu.period: 999 is not a whole number from 1000" },
	{ "R-18 period 1000001", RESOURCES("'cpu':{'period':1000001}"), "cpu.period: " },
	{ "R-23 idle 2", RESOURCES("'cpu':{'idle':2}"), "cpu.idle: " },
	{ "R-23 idle -1", RESOURCES("'cpu':{'idle':-1}"), "cpu.idle: " },
	{ "R-24 limit -1 is unlimited", RESOURCES("'pids':{'limit':-1}"), NULL },
	{ "R-24 limit -2", RESOURCES("'pids':{'limit':-2}"), "pids.limit: " },
	{ "R-25 weight 0 is unset", RESOURCES("'blockIO':{'weight':0}"), NULL },
	{ "R-25 weight 9", RESOURCES("'blockIO':{'weight':9}"), "blockIO.weight: " },
	{ "R-25 weight 1001", RESOURCES("'blockIO':{'weight':1001}"), "blockIO.weight: " },
	{ "R-27 weight of a device", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1}]}"),
	  "blockIO.weightDevice[0].weight: " },
	{ "R-27 device without major", RESOURCES("'blockIO':{'weightDevice':[{'minor':0,'weight':10}]}"),
	  "\"major\" is required" },
	{ "R-29 throttle without rate", RESOURCES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0}]}"),
	  "\"rate\" is required" },
	{ "R-31 more operations than 32 bits hold",
	  RESOURCES("'blockIO':{'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':4294967296}]}"),
	  "blockIO.throttleReadIOPSDevice[0].rate: " },
	{ "R-32 more operations than 32 bits hold",
	  RESOURCES("'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':4294967296}]}"),
	  "blockIO.throttleWriteIOPSDevice[0].rate: " },
#define THROTTLE(list, members) RESOURCES("'blockIO':{'" list "':[{" members "}]}")
	{ "R-27 device without minor", THROTTLE("weightDevice", "'major':8,'weight':10"), "\"minor\" is required" },
	{ "R-27 negative major", THROTTLE("weightDevice", "'major':-1,'minor':0,'weight':10"), "[0].major: -1 is not" },
	{ "R-27 negative minor", THROTTLE("weightDevice", "'major':8,'minor':-1,'weight':10"), "[0].minor: -1 is not" },
	{ "R-29 no major", THROTTLE("throttleReadBpsDevice", "'minor':0,'rate':1"), "\"major\" is required" },
	{ "R-29 no minor", THROTTLE("throttleReadBpsDevice", "'major':8,'rate':1"), "\"minor\" is required" },
	{ "R-30 negative major", THROTTLE("throttleWriteBpsDevice", "'major':-1,'minor':0,'rate':1"), "[0].major: " },
	{ "R-30 negative minor", THROTTLE("throttleWriteBpsDevice", "'major':8,'minor':-1,'rate':1"), "[0].minor: " },
	{ "R-31 no major", THROTTLE("throttleReadIOPSDevice", "'minor':0,'rate':1"), "\"major\" is required" },
	{ "R-31 no minor", THROTTLE("throttleReadIOPSDevice", "'major':8,'rate':1"), "\"minor\" is required" },
	{ "R-31 no rate", THROTTLE("throttleReadIOPSDevice", "'major':8,'minor':0"), "\"rate\" is required" },
	{ "R-32 negative major", THROTTLE("throttleWriteIOPSDevice", "'major':-1,'minor':0,'rate':1"), "[0].major: " },
	{ "R-32 negative minor", THROTTLE("throttleWriteIOPSDevice", "'major':8,'minor':-1,'rate':1"), "[0].minor: " },
	{ "R-33 no page size", RESOURCES("'hugepageLimits':[{'limit':1}]"), "\"pageSize\" is required" },
	{ "R-33 kilobytes", PAGES("1048576KB"), NULL },
	{ "R-33 no unit", PAGES("2"), "hugepageLimits[0].pageSize: " },
	{ "R-33 unit of two letters", PAGES("2MiB"), "hugepageLimits[0].pageSize: " },
	{ "R-33 leading zero", PAGES("02MB"), "hugepageLimits[0].pageSize: " },
	{ "R-33 no number", PAGES("MB"), "hugepageLimits[0].pageSize: " },
	{ "R-33 small letter", PAGES("2mB"), "hugepageLimits[0].pageSize: " },
	{ "R-34 no limit", RESOURCES("'hugepageLimits':[{'pageSize':'2MB'}]"), "\"limit\" is required" },
	{ "R-35 class beyond 32 bits", RESOURCES("'network':{'classID':4294967296}"), "network.classID: " },
	{ "R-36 no name", RESOURCES("'network':{'priorities':[{'priority':1}]}"), "\"name\" is required" },
	{ "R-36 no priority", RESOURCES("'network':{'priorities':[{'name':'a'}]}"), "\"priority\" is required" },
	{ "R-37 negative handles", RESOURCES("'rdma':{'mlx4_0':{'hcaHandles':-1}}"), "rdma.mlx4_0.hcaHandles: " },
	{ "R-38 value that is a number", RESOURCES("'unified':{'memory.high':5}"), "expected a string" },
	{ "R-38 empty name", RESOURCES("'unified':{'':'5'}"), "linux.resources.unified" },

	{ "I-02 root group", LINUX("'intelRdt':{'closID':'/'}"), NULL },
	{ "I-02 dot", LINUX("'intelRdt':{'closID':'.'}"), "linux.intelRdt.closID: " },
	{ "I-02 two dots", LINUX("'intelRdt':{'closID':'..'}"), "linux.intelRdt.closID: " },
	{ "I-02 slash", LINUX("'intelRdt':{'closID':'a/b'}"), "linux.intelRdt.closID: " },
	{ "I-03 newline", LINUX("'intelRdt':{'l3CacheSchema':'L3:0=f\\nMB:0=1'}"), "linux.intelRdt.l3CacheSchema: " },
	{ "I-04 not MB:", LINUX("'intelRdt':{'memBwSchema':'L3:0=f'}"), "linux.intelRdt.memBwSchema: " },
	{ "I-04 newline", LINUX("'intelRdt':{'memBwSchema':'MB:0=1\\n'}"), "linux.intelRdt.memBwSchema: " },
	{ "I-05 newline", LINUX("'intelRdt':{'schemata':['L2:0=1','a\\nb']}"), "linux.intelRdt.schemata[1]: " },
	{ "I-09 removed members are unknown", LINUX("'intelRdt':{'enableCMT':5,'enableMBM':5}"), NULL },
	{ "MP-01 no mode", LINUX("'memoryPolicy':{'nodes':'0'}"), "linux.memoryPolicy: \"mode\" is required" },
	{ "MP-01 unknown mode", LINUX("'memoryPolicy':{'mode':'MPOL_X'}"), "linux.memoryPolicy.mode: " },
	{ "MP-02 letters are no nodes", NODES("a"), "linux.memoryPolicy.nodes: " },
	{ "MP-02 last node", NODES("1023"), NULL },
	{ "MP-02 node 1024", NODES("1024"), "linux.memoryPolicy.nodes: " },
	{ "MP-03 unknown flag", LINUX("'memoryPolicy':{'mode':'MPOL_LOCAL','flags':['X']}"), "linux.memoryPolicy.flags[0]: " },

	{ "SC-01 no default action", SECCOMP(""), "linux.seccomp: \"defaultAction\" is required" },
	{ "SC-01 empty default action", SECCOMP("'defaultAction':''"), "linux.seccomp.defaultAction: must not be empty" },
	{ "SC-02 errno 4096", SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096"), "defaultErrnoRet: " },
	{ "SC-07 no rules", ALLOWING(",'syscalls':[]"), NULL },
	{ "SC-08 no names", ALLOWING(",'syscalls':[{'action':'SCMP_ACT_LOG'}]"), "syscalls[0]: \"names\" is required" },
	{ "SC-08 empty names", ALLOWING(",'syscalls':[{'names':[],'action':'SCMP_ACT_LOG'}]"),
	  "linux.seccomp.syscalls[0].names: must not be empty" },
	{ "SC-09 no action", ALLOWING(",'syscalls':[{'names':['read']}]"), "syscalls[0]: \"action\" is required" },
	{ "SC-09 empty action", RULE("'action':''"), "linux.seccomp.syscalls[0].action: must not be empty" },
	{ "SC-10 errno 4096", RULE("'action':'SCMP_ACT_ERRNO','errnoRet':4096"), "syscalls[0].errnoRet: " },
	{ "SC-12 index 6", WITH_ARG("'index':6,'value':0,'op':'SCMP_CMP_EQ'"), "syscalls[0].args[0].index: " },
	{ "SC-12 no index", WITH_ARG("'value':0,'op':'SCMP_CMP_EQ'"), "\"index\" is required" },
	{ "SC-13 no value", WITH_ARG("'index':0,'op':'SCMP_CMP_EQ'"), "\"value\" is required" },
	{ "SC-14 no operator", WITH_ARG("'index':0,'value':0"), "\"op\" is required" },

	{ "SC-14 empty operator", WITH_ARG("'index':0,'value':0,'op':''"), "args[0].op: must not be empty" },

	{ "L-01 shared", LINUX("'rootfsPropagation':'shared'"), NULL },
	{ "L-01 runbindable", LINUX("'rootfsPropagation':'runbindable'"), NULL },
	{ "L-01 unknown", LINUX("'rootfsPropagation':'slavery'"), "linux.rootfsPropagation: unknown value \"slavery\"" },
	{ "L-02 relative", LINUX(NAMESPACE("mount") ",'maskedPaths':['/a','b']"), "linux.maskedPaths[1]: " },
	{ "L-03 relative", LINUX(NAMESPACE("mount") ",'readonlyPaths':['']"), "linux.readonlyPaths[0]: " },
	{ "L-05 no domain", LINUX("'personality':{}"), "linux.personality: \"domain\" is required" },
	{ "L-05 unknown domain", LINUX("'personality':{'domain':'LINUX64'}"), "linux.personality.domain: " },
	{ "X-01 other platforms are not looked at",
	  DOCUMENT(",'vm':5,'windows':{'layerFolders':1},'solaris':[],'zos':'x','freebsd':false"), NULL },
};
/* clang-format on */

/* The leaves of config.json, all of them. */
__asm__(".pushsection .rodata\n"
	"full_json:\n"
	".incbin \"tests/unit/full.json\"\n"
	"full_json_end:\n"
	".popsection\n");
extern const char full_json[], full_json_end[];

static const struct spec *load_full(void)
{
	const struct spec *spec =
		spec_parse("full.json", full_json, (size_t)(full_json_end - full_json), "/bundle");

	if (!spec)
		fail_msg("%s", failure()->text);
	return spec;
}

static void strings_are(const char **list, const char *first, const char *second)
{
	assert_non_null(list);
	assert_string_equal(list[0], first);
	if (!second) {
		assert_null(list[1]);
		return;
	}
	assert_string_equal(list[1], second);
}

static void process_is_read(void **state)
{
	const struct spec *spec = load_full();
	const struct spec_process *p = spec->process;

	(void)state;
	assert_string_equal(spec->version, "1.3.0");
	assert_true(p->terminal);
	assert_int_equal(p->console_size->height, 24);
	assert_int_equal(p->console_size->width, 80);
	assert_int_equal(p->user.uid, 1000);
	assert_int_equal(p->user.gid, 1001);
	assert_true(p->user.umask.set);
	assert_int_equal(p->user.umask.value, 022);
	assert_int_equal(p->user.additional_gids.count, 2);
	assert_int_equal(p->user.additional_gids.items[1], 6);
	strings_are(p->args, "sh", "-c");
	strings_are(p->env, "PATH=/bin", "EMPTY=");
	assert_string_equal(p->cwd, "/home");
	strings_are(p->capabilities->bounding, "CAP_KILL", NULL);
	strings_are(p->capabilities->effective, "CAP_CHOWN", NULL);
	strings_are(p->capabilities->permitted, "CAP_FOWNER", NULL);
	strings_are(p->capabilities->inheritable, "CAP_SETUID", NULL);
	strings_are(p->capabilities->ambient, "CAP_SETGID", NULL);
	assert_int_equal(p->rlimits.count, 1);
	assert_int_equal(p->rlimits.items[0].type, RLIMIT_NOFILE);
	assert_int_equal(p->rlimits.items[0].soft, 1024);
	assert_true(p->rlimits.items[0].hard == UINT64_MAX);
	assert_true(p->no_new_privileges);
	assert_string_equal(p->apparmor_profile, "profile");
	assert_string_equal(p->selinux_label, "label");
	assert_int_equal(p->oom_score_adj.value, -500);
	assert_int_equal(p->scheduler->policy, SCHED_DEADLINE);
	assert_int_equal(p->scheduler->flags.items[0], 2);
	assert_int_equal(p->scheduler->runtime, 1000);
	assert_int_equal(p->scheduler->deadline, 2000);
	assert_int_equal(p->scheduler->period, 3000);
	assert_int_equal(p->io_priority->class, 2);
	assert_int_equal(p->io_priority->priority, 7);
	assert_string_equal(p->exec_cpu_affinity->initial, "0-1");
	assert_string_equal(p->exec_cpu_affinity->final, "0");
	spec_free(spec);
}

static void document_is_read(void **state)
{
	const struct spec *spec = load_full();
	const struct spec_mount *m = spec->mounts.items;

	(void)state;
	assert_string_equal(spec->root->path, "rootfs");
	assert_true(spec->root->readonly);
	assert_string_equal(spec->hostname, "host");
	assert_string_equal(spec->domainname, "domain");
	assert_int_equal(spec->mounts.count, 1);
	assert_string_equal(m->destination, "/data");
	assert_string_equal(m->type, "none");
	assert_string_equal(m->source, "/srv");
	strings_are(m->options, "rbind", "ro");
	assert_int_equal(m->uid_mappings.items[0].host_id, 1000);
	assert_int_equal(m->gid_mappings.items[0].container_id, 1);
	assert_int_equal(m->gid_mappings.items[0].size, 2);
	for (int i = 0; i < HOOK_KINDS; i++) {
		const char path[] = { '/', (char)('a' + i), '\0' },
			   variable[] = { (char)('A' + i), '=', '1', '\0' };

		assert_int_equal(spec->hooks[i].count, 1);
		assert_string_equal(spec->hooks[i].items[0].path, path);
		assert_string_equal(spec->hooks[i].items[0].args[0], path + 1);
		strings_are(spec->hooks[i].items[0].env, variable, NULL);
		assert_int_equal(spec->hooks[i].items[0].timeout.value, i + 1);
	}
	assert_string_equal(spec_annotation(spec, "key"), "value");
	assert_null(spec_annotation(spec, "Key"));
	assert_string_equal(spec->bundle, "/bundle");
	assert_int_equal(spec->text_size, full_json_end - full_json);
	assert_memory_equal(spec->text, full_json, spec->text_size);
	spec_free(spec);
}

static void linux_is_read(void **state)
{
	const struct spec *spec = load_full();
	const struct spec_linux *l = &spec->linux_;
	const char *path;

	(void)state;
	assert_int_equal(l->namespaces.count, NS_COUNT);
	assert_true(spec_has_namespace(spec, NS_NETWORK, &path));
	assert_string_equal(path, "/run/netns/n");
	assert_true(spec_has_namespace(spec, NS_USER, &path));
	assert_null(path);
	assert_int_equal(l->uid_mappings.items[0].host_id, 100000);
	assert_int_equal(l->gid_mappings.items[0].host_id, 200000);
	assert_string_equal(l->time_offsets.items[0].clock, "monotonic");
	assert_int_equal(l->time_offsets.items[0].secs, -1);
	assert_int_equal(l->time_offsets.items[1].nanosecs, 6);
	assert_string_equal(l->devices.items[0].path, "/dev/fuse");
	assert_string_equal(l->devices.items[0].type, "c");
	assert_int_equal(l->devices.items[0].major.value, 10);
	assert_int_equal(l->devices.items[0].minor.value, 229);
	assert_int_equal(l->devices.items[0].file_mode.value, 0666);
	assert_int_equal(l->devices.items[0].uid.value, 1);
	assert_int_equal(l->devices.items[0].gid.value, 2);
	assert_string_equal(l->net_devices.items[0].host_name, "eth0");
	assert_string_equal(l->net_devices.items[0].name, "ctr%d");
	assert_string_equal(l->cgroups_path, "/group");
	assert_string_equal(l->rootfs_propagation, "rslave");
	strings_are(l->masked_paths, "/proc/kcore", NULL);
	strings_are(l->readonly_paths, "/proc/sys", NULL);
	assert_string_equal(l->mount_label, "mount label");
	assert_string_equal(l->sysctl.items[0].name, "net.ipv4.ip_forward");
	assert_string_equal(l->sysctl.items[0].value, "1");
	assert_string_equal(l->intel_rdt->clos_id, "guaranteed");
	assert_string_equal(l->intel_rdt->l3_cache_schema, "L3:0=ff");
	assert_string_equal(l->intel_rdt->mem_bw_schema, "MB:0=20");
	strings_are(l->intel_rdt->schemata, "L2:0=f", NULL);
	assert_true(l->intel_rdt->enable_monitoring.value);
	assert_int_equal(l->memory_policy->mode, 2);
	assert_string_equal(l->memory_policy->nodes, "0");
	assert_int_equal(l->memory_policy->flags.items[0], 1 << 15);
	assert_int_equal(l->personality->domain, PER_LINUX32);
	assert_null(l->personality->flags[0]);
	spec_free(spec);
}

static void throttle_is(const spec_throttle *list, int64_t minor, uint64_t rate)
{
	assert_int_equal(list->count, 1);
	assert_int_equal(list->items[0].major, 8);
	assert_int_equal(list->items[0].minor, minor);
	assert_true(list->items[0].rate == rate);
}

static void resources_are_read(void **state)
{
	const struct spec *spec = load_full();
	const struct spec_resources *r = spec->linux_.resources;

	(void)state;
	assert_true(r->devices.items[0].allow.value);
	assert_string_equal(r->devices.items[0].type, "c");
	assert_int_equal(r->devices.items[0].major.value, 10);
	assert_int_equal(r->devices.items[0].minor.value, -1);
	assert_string_equal(r->devices.items[0].access, "rw");
	assert_int_equal(r->memory->limit.value, 100);
	assert_int_equal(r->memory->reservation.value, 50);
	assert_int_equal(r->memory->swap.value, 200);
	assert_true(r->memory->kernel.set && r->memory->kernel_tcp.set &&
		    r->memory->swappiness.set);
	assert_true(r->memory->disable_oom_killer.set && r->memory->use_hierarchy.value);
	assert_true(r->memory->check_before_update.value);
	assert_int_equal(r->cpu->shares.value, 1024);
	assert_int_equal(r->cpu->quota.value, 50000);
	assert_int_equal(r->cpu->burst.value, 1000);
	assert_int_equal(r->cpu->period.value, 100000);
	assert_true(r->cpu->realtime_runtime.set && r->cpu->realtime_period.set);
	assert_string_equal(r->cpu->cpus, "0-1");
	assert_string_equal(r->cpu->mems, "0");
	assert_int_equal(r->cpu->idle.value, 1);
	assert_true(r->pids->limit.set); /* 0 is a real limit */
	assert_int_equal(r->pids->limit.value, 0);
	assert_int_equal(r->block_io->weight.value, 10);
	assert_true(r->block_io->leaf_weight.set);
	assert_int_equal(r->block_io->weight_device.items[0].minor, 1);
	assert_int_equal(r->block_io->weight_device.items[0].weight.value, 1000);
	throttle_is(&r->block_io->read_bps, 2, 1);
	throttle_is(&r->block_io->write_bps, 3, UINT64_MAX);
	throttle_is(&r->block_io->read_iops, 4, 3);
	throttle_is(&r->block_io->write_iops, 5, UINT32_MAX);
	assert_string_equal(r->hugepage_limits.items[0].page_size, "2MB");
	assert_int_equal(r->hugepage_limits.items[0].limit, 4194304);
	assert_true(r->network->class_id.set);
	assert_string_equal(r->rdma.items[0].device, "mlx5_1");
	assert_int_equal(r->rdma.items[0].hca_handles.value, 3);
	assert_int_equal(r->rdma.items[0].hca_objects.value, 10000);
	assert_string_equal(r->unified.items[0].name, "memory.high");
	assert_string_equal(r->unified.items[0].value, "max");
	spec_free(spec);
}

static void seccomp_is_read(void **state)
{
	const struct spec *spec = load_full();
	const struct spec_seccomp *s = spec->linux_.seccomp;
	const struct spec_seccomp_rule *rule = s->syscalls.items;

	(void)state;
	assert_string_equal(s->default_action, "SCMP_ACT_ERRNO");
	assert_int_equal(s->default_errno_ret.value, 38);
	strings_are(s->architectures, "SCMP_ARCH_X86_64", NULL);
	strings_are(s->flags, "SECCOMP_FILTER_FLAG_LOG", NULL);
	assert_string_equal(s->listener_path, "/run/agent");
	assert_string_equal(s->listener_metadata, "meta");
	assert_int_equal(s->syscalls.count, 1);
	strings_are(rule->names, "clone", "read");
	assert_string_equal(rule->action, "SCMP_ACT_ERRNO");
	assert_int_equal(rule->errno_ret.value, 1);
	assert_int_equal(rule->args.items[0].index, 5);
	assert_int_equal(rule->args.items[0].value, 2114060288);
	assert_int_equal(rule->args.items[0].value_two.value, 7);
	assert_string_equal(rule->args.items[0].op, "SCMP_CMP_MASKED_EQ");
	spec_free(spec);
}

static void absent_is_absent(void **state)
{
	const struct spec *spec =
		parse_valid(DOCUMENT(",'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'}}"));

	(void)state;
	assert_null(spec->process);
	assert_null(spec->linux_.resources);
	assert_null(spec->linux_.seccomp->flags);
	assert_false(spec->linux_.seccomp->default_errno_ret.set);
	assert_int_equal(spec->linux_.namespaces.count, 0);
	assert_false(spec_has_namespace(spec, NS_PID, NULL));
	assert_false(spec->root->readonly);
	spec_free(spec);
}

static void file_mode_loses_its_type(void **state)
{
	const struct spec *spec = parse_valid(DEVICE("'fileMode':8630"));

	(void)state;
	assert_int_equal(spec->linux_.devices.items[0].file_mode.value, 0666);
	spec_free(spec);
}

/* Other platforms' members, and those that are for Windows. */
static bool is_foreign(const struct json *value)
{
	static const char *const names[] = { "username", "commandLine", "vm",	  "windows",
					     "solaris",	 "zos",		"freebsd" };

	for (; value; value = value->parent)
		for (size_t i = 0; value->key && i < COUNT(names); i++)
			if (!strcmp(value->key, names[i]))
				return true;
	return false;
}

static const struct json *next_in_document(const struct json *value)
{
	if (value->child)
		return value->child;
	while (value && !value->next)
		value = value->parent;
	return value ? value->next : NULL;
}

/* The rows that have rows below them. */
static bool has_rows(const struct json_field *f)
{
	return f->read == json_object || f->read == json_objectp || f->read == json_list ||
	       f->read == json_map_objects;
}

/* How many leaves the shape has; each must stand in value, the same object of the full document. */
static size_t count_leaves(const struct json_shape *shape, const struct json *value)
{
	size_t leaves = 0;

	for (const struct json_field *f = shape->fields; f->name; f++) {
		const struct json *v = value ? json_member(value, f->name) : NULL;

		if (value && !v)
			fail_msg("%s is not in full.json", f->name);
		if (v && (f->read == json_list || f->read == json_map_objects))
			v = v->child; /* priorities: [], because one would be an error */
		leaves += has_rows(f) ? count_leaves(f->detail, v) : 1;
	}
	return leaves;
}

static void every_leaf_has_a_row(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct json_doc doc = {
		.name = "full.json",
		.text = full_json,
		.size = (size_t)(full_json_end - full_json),
		.arena = arena,
	};

	(void)state;
	assert_int_equal(json_parse(&doc), 0);
	assert_int_equal(count_leaves(&spec_shape, doc.root), 170);
	json_forget(&doc);
}

/* Every value of the full document in turn becomes one of each other type. */
static void wrong_types_are_refused(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct json_doc doc = {
		.name = "full.json",
		.text = full_json,
		.size = (size_t)(full_json_end - full_json),
		.arena = arena,
	};

	(void)state;
	assert_int_equal(json_parse(&doc), 0);
	for (const struct json *v = next_in_document(doc.root); v; v = next_in_document(v)) {
		struct json *value = (struct json *)v, before = *v;

		if (is_foreign(v))
			continue;
		for (int type = JSON_BOOL; type <= JSON_OBJECT; type++) {
			struct spec spec = { 0 };

			if (type == (int)before.type)
				continue;
			*value = before;
			value->type = type;
			value->text = "1";
			value->child = NULL;
			if (json_fill(&doc, doc.root, &spec_shape, &spec) == 0)
				fail_msg("%s as type %d is accepted",
					 before.key ? before.key : "an element", type);
			assert_non_null(strstr(failure()->text, "expected "));
		}
		*value = before;
	}
	json_forget(&doc);
}

/* ---- spec_load ---- */

struct bundle {
	char path[32];
};

static int make_bundle(void **state)
{
	struct bundle *b = calloc(1, sizeof *b);

	strcpy(b->path, "/tmp/ring3-bundle-XXXXXX");
	*state = b;
	return mkdtemp(b->path) ? 0 : -1;
}

static int remove_bundle(void **state)
{
	struct bundle *b = *state;
	char file[64];

	snprintf(file, sizeof file, "%s/config.json", b->path);
	unlink(file);
	snprintf(file, sizeof file, "%s/other.json", b->path);
	unlink(file);
	rmdir(b->path);
	free(b);
	return 0;
}

static void write_config(const struct bundle *b, const char *name, const char *text)
{
	char file[64];
	char *json = json_of(text);

	snprintf(file, sizeof file, "%s/%s", b->path, name);

	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(json, f);
	fclose(f);
	free(json);
}

static void bundle_is_loaded(void **state)
{
	const struct bundle *b = *state;

	write_config(b, "config.json", UTS(",'hostname':'from-bundle'"));

	const struct spec *spec = spec_load(b->path, NULL);

	assert_non_null(spec);
	assert_string_equal(spec->hostname, "from-bundle");
	assert_string_equal(spec->bundle, b->path);
	spec_free(spec);
}

static void bundle_path_becomes_absolute(void **state)
{
	const struct bundle *b = *state;
	char before[PATH_MAX];

	write_config(b, "config.json", DOCUMENT(""));
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(b->path), 0);

	const struct spec *spec = spec_load(NULL, NULL);

	assert_int_equal(chdir(before), 0);
	assert_non_null(spec);
	assert_string_equal(spec->bundle, b->path);
	spec_free(spec);
}

static void other_name_is_loaded(void **state)
{
	const struct bundle *b = *state;

	write_config(b, "other.json", DOCUMENT(",'hostname':5"));
	assert_null(spec_load(b->path, "other.json"));
	assert_non_null(strstr(failure()->text, "other.json:1:"));
	assert_non_null(strstr(failure()->text, "hostname: expected a string, found a number"));
}

static void missing_config_names_bundle(void **state)
{
	const struct bundle *b = *state;

	assert_null(spec_load(b->path, NULL));
	assert_non_null(strstr(failure()->text, "config.json: no such file or directory"));
	assert_non_null(strstr(failure()->text, b->path));
}

static void missing_bundle_is_named(void **state)
{
	(void)state;
	assert_null(spec_load("/nonexistent/bundle", NULL));
	assert_string_equal(failure()->text,
			    "open directory /nonexistent/bundle: no such file or directory");
}

static void bundle_must_be_a_directory(void **state)
{
	(void)state;
	assert_null(spec_load("/proc/self/status", NULL));
	assert_string_equal(failure()->text, "open directory /proc/self/status: not a directory");
}

#define IN_BUNDLE(name, function)                                                                  \
	{                                                                                          \
		name, function, make_bundle, remove_bundle, NULL                                   \
	}

static const struct CMUnitTest others[] = {
	TEST("P-01 to P-34 process is read", process_is_read),
	TEST("T-01 to T-10 the document is read", document_is_read),
	TEST("N-01 to L-06 linux is read", linux_is_read),
	TEST("R-01 to R-38 resources are read", resources_are_read),
	TEST("SC-01 to SC-14 seccomp is read", seccomp_is_read),
	TEST("G-06 what is absent is absent", absent_is_absent),
	TEST("D-18 the type of a node is cut off", file_mode_loses_its_type),
	TEST("G-04 the 170 leaves that concern Linux have a row", every_leaf_has_a_row),
	TEST("G-05 a wrong type is refused at every leaf", wrong_types_are_refused),
	IN_BUNDLE("G-01 config.json of the bundle", bundle_is_loaded),
	IN_BUNDLE("ST-05 the bundle is an absolute path", bundle_path_becomes_absolute),
	IN_BUNDLE("G-01 another name of config.json", other_name_is_loaded),
	IN_BUNDLE("G-01 missing config.json names the bundle", missing_config_names_bundle),
	TEST("G-01 missing bundle", missing_bundle_is_named),
	TEST("G-01 bundle that is a file", bundle_must_be_a_directory),
};

int main(void)
{
	return run_cases("spec_load", cases, COUNT(cases), others, COUNT(others));
}
