/* The option words of mounts: what each one does to a mount_op, alone and in a row. */
#include "test.h"
#include "base/arena.h"
#include "base/text.h"
#include "sandbox/mounts.h"
#include <sys/mount.h>

struct expect {
	const char *words; /* blank separated */
	uint64_t attr_set, attr_clear, rec_set, rec_clear, sb_set, sb_clear, propagation;
};

static void parse(struct arena *arena, const char *words, struct mount_op *op)
{
	char *rest = arena_strdup(arena, words), *word;
	const char **list = ARENA_ARRAY(arena, 64, const char *);
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL)
		list[n++] = word;
	*op = (struct mount_op){ 0 };
	assert_int_equal(mount_options_parse((const char *const *)list, arena, op), 0);
}

static void check(const struct expect *cases, size_t count)
{
	cleanup_arena struct arena *arena = arena_new();

	for (size_t i = 0; i < count; i++) {
		const struct expect *e = &cases[i];
		struct mount_op op;

		parse(arena, e->words, &op);
		if (op.attr_set != e->attr_set || op.attr_clear != e->attr_clear ||
		    op.rec_set != e->rec_set || op.rec_clear != e->rec_clear ||
		    op.sb_set != e->sb_set || op.sb_clear != e->sb_clear ||
		    (e->propagation &&
		     (op.propagation.count != 1 || op.propagation.items[0] != e->propagation)) ||
		    (!e->propagation && op.propagation.count) || op.data[0])
			fail_msg("%s: set %#lx clear %#lx rset %#lx rclear %#lx sb %#lx -%#lx",
				 e->words, (unsigned long)op.attr_set, (unsigned long)op.attr_clear,
				 (unsigned long)op.rec_set, (unsigned long)op.rec_clear,
				 (unsigned long)op.sb_set, (unsigned long)op.sb_clear);
	}
}

/* Every word of the table once; the expectations are written from the specification, not from the
 * table. */
static const struct expect words[] = {
	{ "async", .sb_clear = MS_SYNCHRONOUS },
	{ "atime", .attr_clear = MOUNT_ATTR__ATIME },
	{ "bind" },
	{ "copy-symlink" },
	{ "defaults" },
	{ "dest-nofollow" },
	{ "dev", .attr_clear = MOUNT_ATTR_NODEV },
	{ "diratime", .attr_clear = MOUNT_ATTR_NODIRATIME },
	{ "dirsync", .sb_set = MS_DIRSYNC },
	{ "exec", .attr_clear = MOUNT_ATTR_NOEXEC },
	{ "idmap" },
	{ "iversion", .sb_set = MS_I_VERSION },
	{ "lazytime", .sb_set = MS_LAZYTIME },
	{ "loud", .sb_clear = MS_SILENT },
	{ "mand", .sb_set = MS_MANDLOCK },
	{ "noatime", .attr_set = MOUNT_ATTR_NOATIME, .attr_clear = MOUNT_ATTR__ATIME },
	{ "nodev", .attr_set = MOUNT_ATTR_NODEV },
	{ "nodiratime", .attr_set = MOUNT_ATTR_NODIRATIME },
	{ "noexec", .attr_set = MOUNT_ATTR_NOEXEC },
	{ "noiversion", .sb_clear = MS_I_VERSION },
	{ "nolazytime", .sb_clear = MS_LAZYTIME },
	{ "nomand", .sb_clear = MS_MANDLOCK },
	{ "norelatime", .attr_clear = MOUNT_ATTR__ATIME },
	{ "nostrictatime", .attr_clear = MOUNT_ATTR__ATIME },
	{ "nosuid", .attr_set = MOUNT_ATTR_NOSUID },
	{ "nosymfollow", .attr_set = MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", .propagation = MS_PRIVATE },
	{ "ratime", .rec_clear = MOUNT_ATTR__ATIME },
	{ "rbind" },
	{ "rdev", .rec_clear = MOUNT_ATTR_NODEV },
	{ "rdiratime", .rec_clear = MOUNT_ATTR_NODIRATIME },
	{ "relatime", .attr_clear = MOUNT_ATTR__ATIME },
	{ "remount" },
	{ "rexec", .rec_clear = MOUNT_ATTR_NOEXEC },
	{ "ridmap" },
	{ "rnoatime", .rec_set = MOUNT_ATTR_NOATIME, .rec_clear = MOUNT_ATTR__ATIME },
	{ "rnodev", .rec_set = MOUNT_ATTR_NODEV },
	{ "rnodiratime", .rec_set = MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", .rec_set = MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", .rec_clear = MOUNT_ATTR__ATIME },
	{ "rnostrictatime", .rec_clear = MOUNT_ATTR__ATIME },
	{ "rnosuid", .rec_set = MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", .rec_set = MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", .attr_set = MOUNT_ATTR_RDONLY },
	{ "rprivate", .propagation = MS_PRIVATE | MS_REC },
	{ "rrelatime", .rec_clear = MOUNT_ATTR__ATIME },
	{ "rro", .rec_set = MOUNT_ATTR_RDONLY },
	{ "rrw", .rec_clear = MOUNT_ATTR_RDONLY },
	{ "rshared", .propagation = MS_SHARED | MS_REC },
	{ "rslave", .propagation = MS_SLAVE | MS_REC },
	{ "rstrictatime", .rec_set = MOUNT_ATTR_STRICTATIME, .rec_clear = MOUNT_ATTR__ATIME },
	{ "rsuid", .rec_clear = MOUNT_ATTR_NOSUID },
	{ "rsymfollow", .rec_clear = MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", .propagation = MS_UNBINDABLE | MS_REC },
	{ "rw", .attr_clear = MOUNT_ATTR_RDONLY },
	{ "shared", .propagation = MS_SHARED },
	{ "silent", .sb_set = MS_SILENT },
	{ "slave", .propagation = MS_SLAVE },
	{ "src-nofollow" },
	{ "strictatime", .attr_set = MOUNT_ATTR_STRICTATIME, .attr_clear = MOUNT_ATTR__ATIME },
	{ "suid", .attr_clear = MOUNT_ATTR_NOSUID },
	{ "symfollow", .attr_clear = MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", .sb_set = MS_SYNCHRONOUS },
	{ "tmpcopyup" },
	{ "unbindable", .propagation = MS_UNBINDABLE },
};

static void every_word(void **state)
{
	(void)state;
	check(words, COUNT(words));
}

static void table_is_sorted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; mount_option_name(i); i++) {
		if (i && strcmp(mount_option_name(i - 1), mount_option_name(i)) >= 0)
			fail_msg("%s stands before %s", mount_option_name(i - 1),
				 mount_option_name(i));
		if (i >= COUNT(words) || strcmp(words[i].words, mount_option_name(i)))
			fail_msg("row %zu, %s, has no expectation in this test", i,
				 mount_option_name(i));
	}
	assert_int_equal(i, COUNT(words));
}

static void later_option_wins(void **state)
{
	static const struct expect cases[] = {
		{ "ro rw", .attr_clear = MOUNT_ATTR_RDONLY },
		{ "rw ro", .attr_set = MOUNT_ATTR_RDONLY },
		{ "nosuid suid nosuid", .attr_set = MOUNT_ATTR_NOSUID },
		{ "sync async", .sb_clear = MS_SYNCHRONOUS },
		{ "async sync", .sb_set = MS_SYNCHRONOUS },
		{ "silent loud", .sb_clear = MS_SILENT },
		{ "rro rrw", .rec_clear = MOUNT_ATTR_RDONLY },
		{ "rro rw", .rec_set = MOUNT_ATTR_RDONLY, .attr_clear = MOUNT_ATTR_RDONLY },
		{ "ro rrw", .rec_clear = MOUNT_ATTR_RDONLY },
		{ "nosuid ro rrw", .attr_set = MOUNT_ATTR_NOSUID, .rec_clear = MOUNT_ATTR_RDONLY },
	};

	(void)state;
	check(cases, COUNT(cases));
}

static void atime_is_one_value_of_three(void **state)
{
	static const struct expect cases[] = {
		{ "noatime strictatime", .attr_set = MOUNT_ATTR_STRICTATIME,
		  .attr_clear = MOUNT_ATTR__ATIME },
		{ "strictatime noatime", .attr_set = MOUNT_ATTR_NOATIME,
		  .attr_clear = MOUNT_ATTR__ATIME },
		{ "noatime relatime", .attr_clear = MOUNT_ATTR__ATIME },
		{ "noatime atime", .attr_clear = MOUNT_ATTR__ATIME },
		{ "strictatime atime", .attr_set = MOUNT_ATTR_STRICTATIME,
		  .attr_clear = MOUNT_ATTR__ATIME },
		{ "strictatime norelatime", .attr_set = MOUNT_ATTR_STRICTATIME,
		  .attr_clear = MOUNT_ATTR__ATIME },
		{ "strictatime nostrictatime", .attr_clear = MOUNT_ATTR__ATIME },
		{ "noatime nodiratime", .attr_set = MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME,
		  .attr_clear = MOUNT_ATTR__ATIME },
		{ "noatime rstrictatime", .rec_set = MOUNT_ATTR_STRICTATIME,
		  .rec_clear = MOUNT_ATTR__ATIME },
	};

	(void)state;
	check(cases, COUNT(cases));
}

static void kinds(void **state)
{
	static const struct {
		const char *words;
		enum mount_kind kind;
		bool recursive;
	} cases[] = {
		{ "ro", MOUNT_FILESYSTEM, false },
		{ "bind", MOUNT_BIND, false },
		{ "rbind", MOUNT_BIND, true },
		{ "remount ro", MOUNT_REMOUNT, false },
		{ "bind remount ro", MOUNT_REMOUNT, false },
	};
	cleanup_arena struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mount_op op;

		parse(arena, cases[i].words, &op);
		assert_int_equal(op.kind, cases[i].kind);
		assert_int_equal(op.recursive, cases[i].recursive);
	}
}

static void several_propagations(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct mount_op op;

	(void)state;
	parse(arena, "rslave ro shared", &op);
	assert_int_equal(op.propagation.count, 2);
	assert_int_equal(op.propagation.items[0], MS_SLAVE | MS_REC);
	assert_int_equal(op.propagation.items[1], MS_SHARED);
}

static void unknown_words_are_data(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct mount_op op;

	(void)state;
	parse(arena, "size=64k ro rsync acl noacl", &op);
	assert_string_equal(op.data[0], "size=64k");
	assert_string_equal(op.data[1], "rsync");
	assert_string_equal(op.data[2], "acl");
	assert_string_equal(op.data[3], "noacl");
	assert_null(op.data[4]);
}

static void switches(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct mount_op op;

	(void)state;
	parse(arena, "tmpcopyup", &op);
	assert_true(op.tmpcopyup && !op.copy_symlink && !op.source_nofollow &&
		    !op.destination_nofollow);
	parse(arena, "copy-symlink", &op);
	assert_true(op.copy_symlink);
	parse(arena, "src-nofollow dest-nofollow", &op);
	assert_true(op.source_nofollow && op.destination_nofollow && !op.copy_symlink);
	parse(arena, "idmap", &op);
	assert_true(op.idmap && !op.idmap_recursive);
	parse(arena, "ridmap", &op);
	assert_true(op.idmap && op.idmap_recursive);
	parse(arena, "idmap=uids=0-1-2;gids=3-4-5", &op);
	assert_true(op.idmap && !op.idmap_recursive && !op.data[0]);
	assert_string_equal(op.idmap_text, "uids=0-1-2;gids=3-4-5");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("O-01 to O-62 every word does what the specification says", every_word),
		TEST("F-04 the table is sorted and has no word twice", table_is_sorted),
		TEST("M-06 the last of a pair wins", later_option_wins),
		TEST("O-02 atime words choose one value of three", atime_is_one_value_of_three),
		TEST("O-03 O-26 O-30 bind, rbind and remount choose the kind", kinds),
		TEST("M-10 several propagation words keep their order", several_propagations),
		TEST("M-05 O-63 O-66 unknown words are data", unknown_words_are_data),
		TEST("O-58 O-60 O-61 O-64 O-65 switches", switches),
	};

	return cmocka_run_group_tests_name("mount_options", tests, NULL, NULL);
}
