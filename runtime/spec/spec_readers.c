/* spec_readers.c - readers of single values as only config.json has them. */
#include "spec/readers.h"
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { HOST_NAME_BYTES = 64 }; /* __NEW_UTS_LEN of the kernel */

static const char digits[] = "0123456789";
static const char identifier[] = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* A number without leading zeros, as SemVer wants it; returns what stands behind it, or NULL. */
static const char *skip_version_number(const char *s)
{
	size_t n = strspn(s, digits);

	return n == 0 || (n > 1 && *s == '0') ? NULL : s + n;
}

/* Identifiers with dots between them; in a pre-release, numeric ones have no leading zeros. */
static const char *skip_version_identifiers(const char *s, bool prerelease)
{
	for (;; s++) {
		size_t n = strspn(s, identifier);

		if (n == 0 || (prerelease && n > 1 && *s == '0' && strspn(s, digits) == n))
			return NULL;
		s += n;
		if (*s != '.')
			return s;
	}
}

static bool version_is_semver(const char *s)
{
	for (int i = 0; i < 3; i++) {
		if (i > 0 && *s++ != '.')
			return false;
		s = skip_version_number(s);
		if (!s)
			return false;
	}
	if (*s == '-')
		s = skip_version_identifiers(s + 1, true);
	if (s && *s == '+')
		s = skip_version_identifiers(s + 1, false);
	return s && !*s;
}

int read_version(struct json_doc *doc, const struct json *value, const struct json_field *field,
		 void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	if (!version_is_semver(value->text))
		return json_fail(doc, value, "\"%s\" is not a version as SemVer 2.0.0 writes it",
				 value->text);
	if (!text_starts(value->text, "1."))
		return json_fail(doc, value, "version %s is not supported, only 1.x.y is",
				 value->text);
	return 0;
}

int read_filled(struct json_doc *doc, const struct json *value, const struct json_field *field,
		void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	return *value->text ? 0 : json_fail(doc, value, "must not be empty");
}

static int expect_absolute(struct json_doc *doc, const struct json *value)
{
	if (*value->text == '/')
		return 0;
	return json_fail(doc, value, "\"%s\" is not an absolute path", value->text);
}

int read_absolute(struct json_doc *doc, const struct json *value, const struct json_field *field,
		  void *out)
{
	return json_string(doc, value, field, out) < 0 ? -1 : expect_absolute(doc, value);
}

int read_absolute_or_none(struct json_doc *doc, const struct json *value,
			  const struct json_field *field, void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	if (*value->text)
		return expect_absolute(doc, value);
	*(const char **)out = NULL;
	return 0;
}

int read_absolutes(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	if (json_strings(doc, value, field, out) < 0)
		return -1;
	for (const struct json *v = value->child; v; v = v->next)
		if (expect_absolute(doc, v) < 0)
			return -1;
	return 0;
}

int read_filled_list(struct json_doc *doc, const struct json *value, const struct json_field *field,
		     void *out)
{
	if (json_strings(doc, value, field, out) < 0)
		return -1;
	return value->child ? 0 : json_fail(doc, value, "must not be empty");
}

int read_environment(struct json_doc *doc, const struct json *value, const struct json_field *field,
		     void *out)
{
	if (json_strings(doc, value, field, out) < 0)
		return -1;
	for (const struct json *v = value->child; v; v = v->next)
		if (*v->text == '=' || !strchr(v->text, '='))
			return json_fail(doc, v, "\"%s\" is not NAME=VALUE", v->text);
	return 0;
}

int read_host_name(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	if (strlen(value->text) > HOST_NAME_BYTES)
		return json_fail(doc, value, "is %zu bytes long, the kernel takes %d",
				 strlen(value->text), HOST_NAME_BYTES);
	return 0;
}

int read_word(struct json_doc *doc, const struct json *value, const struct json_field *field,
	      void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	for (const char *const *word = field->detail; *word; word++)
		if (!strcmp(*word, value->text))
			return 0;
	return json_fail(doc, value, "unknown value \"%s\"", value->text);
}

static int expect_line(struct json_doc *doc, const struct json *value)
{
	return strchr(value->text, '\n') ? json_fail(doc, value, "must not hold a newline") : 0;
}

int read_line(struct json_doc *doc, const struct json *value, const struct json_field *field,
	      void *out)
{
	return json_string(doc, value, field, out) < 0 ? -1 : expect_line(doc, value);
}

int read_lines(struct json_doc *doc, const struct json *value, const struct json_field *field,
	       void *out)
{
	if (json_strings(doc, value, field, out) < 0)
		return -1;
	for (const struct json *v = value->child; v; v = v->next)
		if (expect_line(doc, v) < 0)
			return -1;
	return 0;
}

int read_clos_id(struct json_doc *doc, const struct json *value, const struct json_field *field,
		 void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;
	if (!strcmp(value->text, "/"))
		return 0;
	if (!strcmp(value->text, ".") || !strcmp(value->text, "..") || strpbrk(value->text, "/\n"))
		return json_fail(doc, value, "\"%s\" is not the name of a directory", value->text);
	return 0;
}

int read_mem_bw(struct json_doc *doc, const struct json *value, const struct json_field *field,
		void *out)
{
	if (read_line(doc, value, field, out) < 0)
		return -1;
	if (!text_starts(value->text, "MB:"))
		return json_fail(doc, value, "must begin with \"MB:\"");
	return 0;
}

/* ^[1-9][0-9]*[KMG]B$ */
int read_page_size(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	if (json_string(doc, value, field, out) < 0)
		return -1;

	const char *s = value->text;
	size_t n = strspn(s, digits);

	if (n == 0 || *s == '0' || !s[n] || !strchr("KMG", s[n]) || strcmp(s + n + 1, "B") != 0)
		return json_fail(doc, value, "\"%s\" is not a page size like \"2MB\"", s);
	return 0;
}

int read_access(struct json_doc *doc, const struct json *value, const struct json_field *field,
		void *out)
{
	if (read_filled(doc, value, field, out) < 0)
		return -1;
	if (value->text[strspn(value->text, "rwm")])
		return json_fail(doc, value, "\"%s\" holds other letters than r, w and m",
				 value->text);
	return 0;
}

/* Reads "N" and steps over it and the blanks around it. */
static bool skip_list_number(const char **s, int64_t max, int64_t *ret)
{
	char number[20];
	const char *begin = *s + strspn(*s, " ");
	size_t n = strspn(begin, digits);

	if (n == 0 || n >= sizeof number)
		return false;
	memcpy(number, begin, n);
	number[n] = '\0';
	*s = begin + n + strspn(begin + n, " ");
	return text_to_i64(number, 0, max, ret) == 0;
}

static bool number_list_is_valid(const char *s, int64_t max)
{
	int64_t first, last;

	for (;; s++) {
		if (!skip_list_number(&s, max, &first))
			return false;
		last = first;
		if (*s == '-' && (s++, !skip_list_number(&s, max, &last)))
			return false;
		if (last < first)
			return false;
		if (*s != ',')
			return !*s;
	}
}

int read_number_list(struct json_doc *doc, const struct json *value, const struct json_field *field,
		     void *out)
{
	const struct json_range *range = field->detail;

	if (json_string(doc, value, field, out) < 0)
		return -1;
	if (value->text[strspn(value->text, " ")] && !number_list_is_valid(value->text, range->max))
		return json_fail(doc, value,
				 "\"%s\" is not a list of numbers up to %" PRId64 " like \"0-3,7\"",
				 value->text, range->max);
	return 0;
}

static int expect_range(struct json_doc *doc, const struct json *value,
			const struct json_range *range, int64_t *ret)
{
	if (json_expect(doc, value, JSON_NUMBER) < 0)
		return -1;
	if (text_to_i64(value->text, range->min, range->max, ret) < 0)
		return json_fail(doc, value,
				 "%s is not a whole number from %" PRId64 " to %" PRId64,
				 value->text, range->min, range->max);
	return 0;
}

/*
 * The spec has permission bits here; Podman writes the whole st_mode of the host's node (0o20666 is
 * 8630), and runc takes it.  The type bits of a node say nothing that "type" does not say, and are
 * cut off.
 */
int read_file_mode(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	static const struct json_range all = { 0, UINT32_MAX };
	struct opt_u32 *mode = out;
	int64_t n;

	(void)field;
	if (expect_range(doc, value, &all, &n) < 0)
		return -1;

	int64_t type = n & ~INT64_C(07777);
	bool node = type == S_IFCHR || type == S_IFBLK || type == S_IFIFO;

	if ((node ? n - type : n) > 0777)
		return json_fail(doc, value, "%s is more than the permission bits 0777 (511)",
				 value->text);
	*mode = (struct opt_u32){ true, (uint32_t)(n & 0777) };
	return 0;
}

int read_u32_range(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	int64_t n;

	if (expect_range(doc, value, field->detail, &n) < 0)
		return -1;
	*(struct opt_u32 *)out = (struct opt_u32){ true, (uint32_t)n };
	return 0;
}

static bool is_zero(const struct json *value)
{
	return value->type == JSON_NUMBER && !strcmp(value->text, "0");
}

int read_zero_or_u32(struct json_doc *doc, const struct json *value, const struct json_field *field,
		     void *out)
{
	int64_t n = 0;

	if (!is_zero(value) && expect_range(doc, value, field->detail, &n) < 0)
		return -1;
	*(struct opt_u32 *)out = (struct opt_u32){ true, (uint32_t)n };
	return 0;
}

int read_zero_or_u64(struct json_doc *doc, const struct json *value, const struct json_field *field,
		     void *out)
{
	int64_t n = 0;

	if (!is_zero(value) && expect_range(doc, value, field->detail, &n) < 0)
		return -1;
	*(struct opt_u64 *)out = (struct opt_u64){ true, (uint64_t)n };
	return 0;
}

int read_u64_range(struct json_doc *doc, const struct json *value, const struct json_field *field,
		   void *out)
{
	int64_t n;

	if (expect_range(doc, value, field->detail, &n) < 0)
		return -1;
	*(uint64_t *)out = (uint64_t)n;
	return 0;
}
