/* readers.h - how single values of config.json are read that json.h has no reader for.  Only for the rows in spec_*.c. */
#pragma once
#include "json/json.h"

json_read_fn read_version,		/* SemVer 2.0.0 with major version 1 */
	     read_filled,		/* const char *, not "" */
	     read_absolute,		/* const char *, begins with "/" */
	     read_absolute_or_none,	/* the same; "" counts as absent, as runc reads it */
	     read_absolutes,		/* const char **, each absolute */
	     read_filled_list,		/* const char **, at least one */
	     read_environment,		/* const char **, each NAME=VALUE */
	     read_host_name,		/* const char *, what the kernel takes: 64 bytes */
	     read_word,			/* const char *, one of detail's words (NULL-terminated) */
	     read_line,			/* const char *, no newline */
	     read_lines,		/* const char **, each without newline */
	     read_clos_id,		/* const char *, "/" or the name of one directory */
	     read_mem_bw,		/* const char *, one line "MB:..." */
	     read_page_size,		/* const char *, "64KB", "2MB", "1GB" */
	     read_access,		/* const char *, letters of "rwm" */
	     read_number_list,		/* const char *, "0-3,7" or "", numbers within detail's range */
	     read_file_mode,		/* struct opt_u32, permission bits */
	     read_u32_range,		/* struct opt_u32 within detail's range */
	     read_zero_or_u32,		/* struct opt_u32, 0 or within detail's range */
	     read_zero_or_u64,		/* struct opt_u64, the same */
	     read_u64_range;		/* uint64_t within detail's range */

/* A row with one of them: the member's C type is checked as in json.h. */
#define ROW(T, m, C, k, reader, ...) { .name = k, .read = reader, JSON_MEMBER(T, m, C), __VA_ARGS__ }

/* Tables of one folder, filled in more than one file. */
extern const struct json_shape spec_linux_shape, spec_seccomp_shape, spec_id_mapping_shape;
