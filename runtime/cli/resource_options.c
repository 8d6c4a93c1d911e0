/* resource_options.c - one row an option: where it stands in linux.resources, and how it is
 * spelled.
 */
#include "cli/resource_options.h"
#include "base/fail.h"
#include "base/text.h"
#include "json/json.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum kind { NUMBER, BYTES, WORD, UNSUPPORTED };

/* Those of one object side by side. */
/* clang-format off */
static const struct row {
	const char *option, *object, *member;
	enum kind kind;
} rows[] = {
	[MEMORY_LIMIT]       = { "memory", "memory", "limit", BYTES },
	[MEMORY_RESERVATION] = { "memory-reservation", "memory", "reservation", BYTES },
	[MEMORY_SWAP]        = { "memory-swap", "memory", "swap", BYTES },
	[KERNEL_MEMORY]      = { "kernel-memory", "memory", "kernel", BYTES },
	[KERNEL_MEMORY_TCP]  = { "kernel-memory-tcp", "memory", "kernelTCP", BYTES },
	[CPU_SHARES]         = { "cpu-share", "cpu", "shares", NUMBER },
	[CPU_QUOTA]          = { "cpu-quota", "cpu", "quota", NUMBER },
	[CPU_PERIOD]         = { "cpu-period", "cpu", "period", NUMBER },
	[CPU_BURST]          = { "cpu-burst", "cpu", "burst", NUMBER },
	[CPU_IDLE]           = { "cpu-idle", "cpu", "idle", NUMBER },
	[CPU_RT_RUNTIME]     = { "cpu-rt-runtime", "cpu", "realtimeRuntime", NUMBER },
	[CPU_RT_PERIOD]      = { "cpu-rt-period", "cpu", "realtimePeriod", NUMBER },
	[CPU_CPUS]           = { "cpuset-cpus", "cpu", "cpus", WORD },
	[CPU_MEMS]           = { "cpuset-mems", "cpu", "mems", WORD },
	[PIDS_LIMIT]         = { "pids-limit", "pids", "limit", NUMBER },
	[IO_WEIGHT]          = { "blkio-weight", "blockIO", "weight", NUMBER },
	[L3_CACHE_SCHEMA]    = { "l3-cache-schema", "", "", UNSUPPORTED },
	[MEM_BW_SCHEMA]      = { "mem-bw-schema", "", "", UNSUPPORTED },
};
/* clang-format on */
_Static_assert(COUNT(rows) == RESOURCE_OPTIONS, "a row for every option");

/* "64", "64m", "1.5GiB", "-1": what docker and runc take; 1k is 1024 bytes. */
static int read_bytes(const char *text, int64_t *ret)
{
	static const char units[] = "bkmgt";
	char number[32];
	size_t length = strspn(text, "0123456789");
	int64_t value, factor = 1;

	if (text_to_i64(text, -1, INT64_MAX, ret) == 0)
		return 0;
	if (!length || length >= sizeof number)
		return -1;
	memcpy(number, text, length);
	number[length] = '\0';
	const char *unit = strchr(units, tolower((unsigned char)text[length])),
		   *rest = text + length + 1;

	if (!unit || !text[length])
		return -1;
	for (; unit > units; unit--)
		factor *= 1024;
	if (*rest && strcasecmp(rest, "b") && strcasecmp(rest, "ib"))
		return -1;
	if (text_to_i64(number, 0, INT64_MAX / factor, &value) < 0)
		return -1;
	*ret = value * factor;
	return 0;
}

static int write_value(struct text *out, const struct row *row, const char *text)
{
	int64_t value;

	text_addf(out, "\"%s\":", row->member);
	switch (row->kind) {
	case WORD:
		json_write_string(out, text);
		return 0;
	case NUMBER:
		if (text_to_i64(text, INT64_MIN, INT64_MAX, &value) < 0)
			return fail(0, "--%s \"%s\": a whole number was expected", row->option,
				    text);
		break;
	case BYTES:
		if (read_bytes(text, &value) < 0)
			return fail(0, "--%s \"%s\": bytes were expected, such as 64m or -1",
				    row->option, text);
		break;
	case UNSUPPORTED:
		return fail(0, "--%s: update does not change linux.intelRdt", row->option);
	}
	text_addf(out, "%" PRId64, value);
	return 0;
}

int resource_options_write(struct text *out, const char *const values[RESOURCE_OPTIONS])
{
	const char *object = NULL;

	text_add(out, "{");
	for (size_t i = 0; i < RESOURCE_OPTIONS; i++) {
		if (!values[i])
			continue;
		if (object && !strcmp(object, rows[i].object))
			text_add(out, ",");
		else
			text_addf(out, "%s\"%s\":{", object ? "}," : "", rows[i].object);
		object = rows[i].object;
		if (write_value(out, &rows[i], values[i]) < 0)
			return -1;
	}
	text_add(out, object ? "}}" : "}");
	return 0;
}
