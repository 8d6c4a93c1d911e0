/*
 * criu_rpc.h - the messages of CRIU's rpc.proto that checkpoint and restore need, as structs, and
 * in its wire format.  Runs nothing.  Names are those of rpc.proto.
 */
#pragma once
#include "base/protobuf.h"

enum criu_req_type {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_NOTIFY = 6,
	CRIU_VERSION = 10,
	CRIU_SINGLE_PRE_DUMP = 13 /* the other kind waits for more requests */
};
enum criu_cg_mode { CRIU_CG_IGNORE = 0, CRIU_CG_SOFT = 3, CRIU_CG_FULL = 4, CRIU_CG_STRICT = 5 };
enum criu_network_lock { CRIU_LOCK_IPTABLES = 1, CRIU_LOCK_NFTABLES = 2, CRIU_LOCK_SKIP = 3 };

struct criu_page_server {
	const char *address;
	struct pb_int port;
};
/* Dump: the mount at key has the name val in the image; restore: what has the name key is val. */
struct criu_ext_mount {
	const char *key, *val;
};
struct criu_join_ns {
	const char *ns, *ns_file;
};
struct criu_inherit_fd {
	const char *key;
	struct pb_int fd;
};
struct criu_cgroup_root {
	const char *ctrl, *path;
};
struct criu_opts {
	struct pb_int images_dir_fd, work_dir_fd, pid;
	struct pb_int leave_running, ext_unix_sk, tcp_established, tcp_close, tcp_skip_in_flight;
	struct pb_int evasive_devices, shell_job, file_locks, link_remap, track_mem, auto_dedup;
	struct pb_int log_level, notify_scripts, lazy_pages, orphan_pts_master, rst_sibling;
	struct pb_int manage_cgroups, manage_cgroups_mode, empty_ns, network_lock;
	const char *log_file, *root, *parent_img, *freeze_cgroup, *config_file;
	const char *lsm_profile, *lsm_mount_context, *cgroup_yard;
	const struct criu_page_server *ps;
	struct pb_list ext_mnt;	   /* struct criu_ext_mount */
	struct pb_list cg_root;	   /* struct criu_cgroup_root */
	struct pb_list inherit_fd; /* struct criu_inherit_fd */
	struct pb_list join_ns;	   /* struct criu_join_ns */
	struct pb_list external;   /* const char * */
};
struct criu_req {
	struct pb_int type, notify_success;
	const struct criu_opts *opts;
};

struct criu_notify {
	const char *script;
	struct pb_int pid;
};
struct criu_restore_resp {
	struct pb_int pid;
};
struct criu_version {
	struct pb_int major, minor, sublevel;
};
struct criu_resp {
	struct pb_int type, success, cr_errno;
	const struct criu_restore_resp *restore;
	const struct criu_notify *notify;
	const struct criu_version *version;
	const char *cr_errmsg;
};

extern const struct pb_shape criu_req_shape, criu_resp_shape;

static inline struct pb_int pb_int(int64_t value)
{
	return (struct pb_int){ true, value };
}
