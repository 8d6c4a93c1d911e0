/* criu_rows.h - the options that checkpoint and restore have in common; each has more of its own.
 */
#pragma once
#include "cli/cli.h"

/* AT(m): offset of member m of struct checkpoint_options in the command's struct. */
/* clang-format off */
#define CRIU_OPTIONS(AT)                                                                                          \
	{ "image-path", 0, OPTION_STRING, AT(images), "DIR", "directory of the images (default: checkpoint)" },   \
	{ "work-path", 0, OPTION_STRING, AT(work), "DIR", "directory for CRIU's log (default: that of the images)" }, \
	{ "tcp-established", 0, OPTION_FLAG, AT(tcp_established), NULL, "with open TCP connections" },            \
	{ "ext-unix-sk", 0, OPTION_FLAG, AT(ext_unix_sk), NULL, "with unix sockets to the outside" },             \
	{ "shell-job", 0, OPTION_FLAG, AT(shell_job), NULL, "with a session or terminal of the outside" },        \
	{ "file-locks", 0, OPTION_FLAG, AT(file_locks), NULL, "with file locks" },                                \
	{ "manage-cgroups-mode", 0, OPTION_STRING, AT(cgroups_mode), "MODE", "soft (default), full, strict or ignore" }, \
	{ "network-lock", 0, OPTION_STRING, AT(network_lock), "METHOD", "iptables, nftables or skip" },           \
	{ "empty-ns", 0, OPTION_STRINGS, AT(empty_ns), "TYPE", "namespace to be made empty: network, which is so anyway" }
/* clang-format on */
