/* criu_rpc.c - CRIU's messages: one row a field, numbered as in its rpc.proto. */
#include "container/criu_rpc.h"

#define FIELD(T, m, n, kind, shape)                                                                \
	{                                                                                          \
		n, kind, offsetof(T, m), shape                                                     \
	}
/* Only a struct pb_int has `set`. */
#define INT(T, m, n)	      FIELD(T, m, n + 0 * sizeof(((T *)0)->m.set), PB_INT, NULL)
#define STRING(T, m, n)	      FIELD(T, m, n, PB_STRING, NULL)
#define STRINGS(T, m, n)      FIELD(T, m, n, PB_STRINGS, NULL)
#define MESSAGE(T, m, n, sh)  FIELD(T, m, n, PB_MESSAGE, &(sh))
#define MESSAGES(T, m, n, sh) FIELD(T, m, n, PB_MESSAGES, &(sh))
#define MESSAGE_SHAPE(T, shape, ...)                                                               \
	static const struct pb_field shape##_fields[] = { __VA_ARGS__{ 0 } };                      \
	static const struct pb_shape shape = { sizeof(T), shape##_fields }

/* clang-format off */
MESSAGE_SHAPE(struct criu_page_server, page_server,
	STRING(struct criu_page_server, address, 1),
	INT(struct criu_page_server, port, 2),
);
MESSAGE_SHAPE(struct criu_ext_mount, ext_mount,
	STRING(struct criu_ext_mount, key, 1),
	STRING(struct criu_ext_mount, val, 2),
);
MESSAGE_SHAPE(struct criu_join_ns, join_ns,
	STRING(struct criu_join_ns, ns, 1),
	STRING(struct criu_join_ns, ns_file, 2),
);
MESSAGE_SHAPE(struct criu_inherit_fd, inherit_fd,
	STRING(struct criu_inherit_fd, key, 1),
	INT(struct criu_inherit_fd, fd, 2),
);
MESSAGE_SHAPE(struct criu_cgroup_root, cgroup_root,
	STRING(struct criu_cgroup_root, ctrl, 1),
	STRING(struct criu_cgroup_root, path, 2),
);
MESSAGE_SHAPE(struct criu_opts, opts,
	INT(struct criu_opts, images_dir_fd, 1),
	INT(struct criu_opts, pid, 2),
	INT(struct criu_opts, leave_running, 3),
	INT(struct criu_opts, ext_unix_sk, 4),
	INT(struct criu_opts, tcp_established, 5),
	INT(struct criu_opts, evasive_devices, 6),
	INT(struct criu_opts, shell_job, 7),
	INT(struct criu_opts, file_locks, 8),
	INT(struct criu_opts, log_level, 9),
	STRING(struct criu_opts, log_file, 10),
	MESSAGE(struct criu_opts, ps, 11, page_server),
	INT(struct criu_opts, notify_scripts, 12),
	STRING(struct criu_opts, root, 13),
	STRING(struct criu_opts, parent_img, 14),
	INT(struct criu_opts, track_mem, 15),
	INT(struct criu_opts, auto_dedup, 16),
	INT(struct criu_opts, work_dir_fd, 17),
	INT(struct criu_opts, link_remap, 18),
	MESSAGES(struct criu_opts, ext_mnt, 23, ext_mount),
	INT(struct criu_opts, manage_cgroups, 24),
	MESSAGES(struct criu_opts, cg_root, 25, cgroup_root),
	INT(struct criu_opts, rst_sibling, 26),
	MESSAGES(struct criu_opts, inherit_fd, 27, inherit_fd),
	INT(struct criu_opts, manage_cgroups_mode, 34),
	STRINGS(struct criu_opts, external, 37),
	INT(struct criu_opts, empty_ns, 38),
	MESSAGES(struct criu_opts, join_ns, 39, join_ns),
	STRING(struct criu_opts, freeze_cgroup, 44),
	INT(struct criu_opts, tcp_skip_in_flight, 46),
	INT(struct criu_opts, lazy_pages, 48),
	INT(struct criu_opts, orphan_pts_master, 50),
	STRING(struct criu_opts, config_file, 51),
	INT(struct criu_opts, tcp_close, 52),
	STRING(struct criu_opts, lsm_profile, 53),
	STRING(struct criu_opts, cgroup_yard, 60),
	STRING(struct criu_opts, lsm_mount_context, 63),
	INT(struct criu_opts, network_lock, 64),
);
MESSAGE_SHAPE(struct criu_notify, notify,
	STRING(struct criu_notify, script, 1),
	INT(struct criu_notify, pid, 2),
);
MESSAGE_SHAPE(struct criu_restore_resp, restore_resp,
	INT(struct criu_restore_resp, pid, 1),
);
MESSAGE_SHAPE(struct criu_version, version,
	INT(struct criu_version, major, 1),
	INT(struct criu_version, minor, 2),
	INT(struct criu_version, sublevel, 4),
);

static const struct pb_field req_fields[] = {
	INT(struct criu_req, type, 1),
	MESSAGE(struct criu_req, opts, 2, opts),
	INT(struct criu_req, notify_success, 3),
	{ 0 },
};
const struct pb_shape criu_req_shape = { sizeof(struct criu_req), req_fields };

static const struct pb_field resp_fields[] = {
	INT(struct criu_resp, type, 1),
	INT(struct criu_resp, success, 2),
	MESSAGE(struct criu_resp, restore, 4, restore_resp),
	MESSAGE(struct criu_resp, notify, 5, notify),
	INT(struct criu_resp, cr_errno, 7),
	STRING(struct criu_resp, cr_errmsg, 9),
	MESSAGE(struct criu_resp, version, 10, version),
	{ 0 },
};
const struct pb_shape criu_resp_shape = { sizeof(struct criu_resp), resp_fields };
/* clang-format on */
