/*
 * readers.h - how single values of config.json are read that json.h has no reader for.  Only for
 * the rows in spec_*.c.
 */
#pragma once
#include "json/json.h"

/* clang-format off */
json_read_fn
	/* const char *: */
	read_version,		/* SemVer 2.0.0 with major version 1 */
	read_filled,		/* not "" */
	read_absolute,		/* begins with "/" */
	read_absolute_or_none,	/* the same; "" counts as absent, as runc reads it */
	read_host_name,		/* what the kernel takes: 64 bytes */
	read_word,		/* one of detail's words (NULL-terminated) */
	read_line,		/* no newline */
	read_clos_id,		/* "/" or the name of one directory */
	read_mem_bw,		/* one line "MB:..." */
	read_page_size,		/* "64KB", "2MB", "1GB" */
	read_access,		/* letters of "rwm" */
	read_number_list,	/* "0-3,7" or "", numbers up to the end of detail's range */
	/* const char **: */
	read_absolutes,		/* each absolute */
	read_filled_list,	/* at least one */
	read_environment,	/* each NAME=VALUE */
	read_lines,		/* each without newline */
	/* struct opt_u32: */
	read_file_mode,		/* permission bits */
	read_u32_range,		/* within detail's range */
	read_zero_or_u32,	/* 0 or within detail's range */
	/* struct opt_u64: */
	read_zero_or_u64,	/* 0 or within detail's range */
	/* uint64_t: */
	read_u64_range;		/* within detail's range */

/* A row with one of them: the member's C type is checked as in json.h. */
#define ROW(T, m, C, k, reader, ...) \
	{ .name = k, .read = reader, JSON_MEMBER(T, m, C), __VA_ARGS__ }
/* clang-format on */

/* Tables of one folder, filled in more than one file. */
extern const struct json_shape spec_linux_shape, spec_seccomp_shape, spec_id_mapping_shape;
