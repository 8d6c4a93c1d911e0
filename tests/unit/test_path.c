/* test_path.c - walking a hostile tree: nothing outside of the root is reached (rule R1). */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "temporary.h"
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* What `path` is in the tree, without following its last component; 0: missing. */
static mode_t kind(const struct temporary *t, const char *path)
{
	struct stat st;

	return fstatat(t->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & S_IFMT;
}

static mode_t mode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_mode;
}

static void make_dirs(void **state)
{
	TEMPORARY(t);

	(void)state;
	cleanup_fd int fd = path_make_dir(t.fd, "/a/b/./c//d/", 0700);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(fd), S_IFDIR | 0700);
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	cleanup_fd int parent = path_open(t.fd, "a/b", O_PATH);
	assert_int_equal(mode_of(parent), S_IFDIR | 0755);
	cleanup_fd int again = path_make_dir(t.fd, "a/b/c/d", 0711);
	assert_int_equal(mode_of(again), S_IFDIR | 0700); /* as it was */
	cleanup_fd int root = path_make_dir(t.fd, "/", 0755);
	assert_true(root >= 0);
}

static void make_files(void **state)
{
	TEMPORARY(t);

	(void)state;
	cleanup_fd int fd = path_make_file(t.fd, "/etc/x/hosts", 0644);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(fd), S_IFREG | 0644);
	assert_int_equal(kind(&t, "etc/x"), S_IFDIR);
	cleanup_fd int dir = path_make_file(t.fd, "/etc", 0644);
	assert_int_equal(mode_of(dir) & S_IFMT, S_IFDIR);
	assert_int_equal(path_make_dir(t.fd, "/etc/x/hosts", 0755), -1);
	assert_int_equal(failure()->code, ENOTDIR);
	assert_int_equal(path_make_file(t.fd, "/etc/x/hosts/y", 0644), -1);
	assert_int_equal(failure()->code, ENOTDIR);
}

/* The tree is a subdirectory, so that an escape would become visible beside it. */
static void escapes(void **state)
{
	static const struct {
		const char *link, *target, *make, *result;
	} rows[] = {
		{ "up", "../../../..", "up/made1", "made1" },
		{ "abs", "/", "abs/made2", "made2" },
		{ "l1", "../out", "l1/made3", "out/made3" },
		{ "l2", "/out2/deep", "l2/made4", "out2/deep/made4" },
		{ "l3", "../../x/../../out3", "l3", "out3" },
		{ "sub/l4", "../../../out4", "sub/l4/y", "out4/y" },
		{ "sub/l5", "beside/here", "sub/l5", "sub/beside/here" },
		{ "chain1", "chain2", "chain1/z", "end/z" },
		{ "chain2", "end", "chain2/zz", "end/zz" },
		{ "l6", "/proc/self/root/tmp", "l6/made6", "proc/self/root/tmp/made6" },
	};
	TEMPORARY(outer);

	(void)state;
	assert_int_equal(mkdirat(outer.fd, "root", 0755), 0);
	cleanup_fd int root = openat(outer.fd, "root", O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(root, "sub", 0755), 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(symlinkat(rows[i].target, root, rows[i].link), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stat made, expected;
		cleanup_fd int fd = path_make_dir(root, rows[i].make, 0755);
		if (fd < 0)
			fail_msg("%s: %s", rows[i].make, failure()->text);
		assert_int_equal(fstat(fd, &made), 0);
		if (fstatat(root, rows[i].result, &expected, 0) < 0 ||
		    made.st_ino != expected.st_ino)
			fail_msg("%s was not made as %s", rows[i].make, rows[i].result);
	}
	/* Only "root" is in the outer directory. */
	assert_int_equal(unlinkat(outer.fd, "out", AT_REMOVEDIR), -1);
	assert_int_equal(kind(&outer, "out") + kind(&outer, "out3") + kind(&outer, "out4") +
				 kind(&outer, "made1"),
			 0);
}

static void dotdot_in_path(void **state)
{
	TEMPORARY(outer);

	(void)state;
	assert_int_equal(mkdirat(outer.fd, "root", 0755), 0);
	cleanup_fd int root = openat(outer.fd, "root", O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(root, "d", 0755), 0);
	assert_int_equal(symlinkat("d", root, "to_d"), 0);
	cleanup_fd int a = path_make_dir(root, "/../../x", 0755);
	cleanup_fd int b = path_make_dir(root, "to_d/../y/../../../z", 0755);
	assert_true(a >= 0 && b >= 0);
	cleanup_fd int c = path_open(root, "x", O_PATH), d = path_open(root, "z", O_PATH);
	assert_true(c >= 0 && d >= 0);
	close(d);
	assert_int_equal(kind(&outer, "x") + kind(&outer, "z"), 0);
}

static void dangling_file_link(void **state)
{
	TEMPORARY(t);

	(void)state;
	/* As systems with resolved have it. */
	assert_int_equal(mkdirat(t.fd, "etc", 0755), 0);
	assert_int_equal(
		symlinkat("../run/systemd/resolve/stub-resolv.conf", t.fd, "etc/resolv.conf"), 0);
	cleanup_fd int fd = path_make_file(t.fd, "/etc/resolv.conf", 0644);
	assert_true(fd >= 0);
	assert_int_equal(kind(&t, "run/systemd/resolve/stub-resolv.conf"), S_IFREG);
	assert_int_equal(kind(&t, "etc/resolv.conf"), S_IFLNK);
}

static void link_loops(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_int_equal(symlinkat("loop", t.fd, "loop"), 0);
	assert_int_equal(path_make_dir(t.fd, "loop/x", 0755), -1);
	assert_int_equal(failure()->code, ELOOP);
	/* Each step makes a directory and comes back to a link that still dangles. */
	assert_int_equal(symlinkat("grow/../missing/../again/x", t.fd, "again"), 0);
	assert_int_equal(path_make_dir(t.fd, "again", 0755), -1);
	assert_int_equal(failure()->code, ELOOP);
}

static void magic_links(void **state)
{
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(path_try_open(proc, "self/root", O_PATH), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(path_try_open(proc, "self/fd/0", O_PATH), -1);
	assert_int_equal(path_try_open(proc, "self/exe", O_PATH), -1);
	assert_int_equal(path_make_dir(proc, "self/cwd/x", 0755), -1);
}

static void open_messages(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_int_equal(path_open(t.fd, "/no/where", O_PATH), -1);
	assert_string_equal(failure()->text, "open /no/where: no such file or directory");
	assert_int_equal(path_open(t.fd, "/../../etc/passwd", O_RDONLY), -1);
	assert_int_equal(failure()->code, ENOENT);
}

static void nodes(void **state)
{
	mode_t old = umask(0);
	TEMPORARY(t);

	(void)state;
	cleanup_fd int fifo = path_make_node(t.fd, "/dev/x/fifo", S_IFIFO | 0662, 0);
	umask(old);
	assert_true(fifo >= 0);
	assert_int_equal(mode_of(fifo), S_IFIFO | 0662);
	assert_int_equal(path_make_node(t.fd, "/dev/x/fifo", S_IFIFO | 0600, 0), -1);
	assert_int_equal(failure()->code, EEXIST);
	/* A link at the place is in the way, and not followed. */
	assert_int_equal(symlinkat("elsewhere", t.fd, "dev/link"), 0);
	assert_int_equal(path_make_node(t.fd, "/dev/link", S_IFIFO | 0600, 0), -1);
	assert_int_equal(failure()->code, EEXIST);
	assert_int_equal(kind(&t, "dev/elsewhere"), 0);
	assert_int_equal(path_make_node(t.fd, "/dev/..", S_IFIFO | 0600, 0), -1);
	assert_int_equal(path_make_node(t.fd, "/", S_IFIFO | 0600, 0), -1);
}

static void symlinks(void **state)
{
	TEMPORARY(t);
	cleanup_free char *target = NULL;

	(void)state;
	assert_int_equal(path_make_symlink(t.fd, "/dev/fd", "/proc/self/fd"), 0);
	assert_int_equal(path_make_symlink(t.fd, "/dev/fd", "/other"), 0); /* kept */
	target = path_read_link(t.fd, "/dev/fd");
	assert_string_equal(target, "/proc/self/fd");
	assert_null(path_read_link(t.fd, "/dev"));
	assert_int_equal(errno, EINVAL);
	assert_null(path_read_link(t.fd, "/dev/none"));
	assert_int_equal(errno, ENOENT);
}

static void removes(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_int_equal(symlinkat("target", t.fd, "link"), 0);
	cleanup_fd int fd = path_make_file(t.fd, "target", 0644);
	assert_int_equal(path_remove(t.fd, "/link"), 0);
	assert_int_equal(kind(&t, "link"), 0);
	assert_int_equal(kind(&t, "target"), S_IFREG);
	assert_int_equal(path_remove(t.fd, "/link"), 0);
	assert_int_equal(path_remove(t.fd, "/no/such/dir"), 0);
	cleanup_fd int dir = path_make_dir(t.fd, "dir", 0755);
	assert_int_equal(path_remove(t.fd, "/dir"), -1);
	assert_int_equal(failure()->code, EISDIR);
}

static void owner_and_mode(void **state)
{
	TEMPORARY(t);

	(void)state;
	cleanup_fd int fd = path_make_file(t.fd, "f", 0600);
	assert_int_equal(path_chmod(fd, 04751), 0);
	assert_int_equal(mode_of(fd), S_IFREG | 04751);
	assert_int_equal(path_chown(fd, getuid(), getgid()), 0);
}

static void clean(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "/", "/" },
		{ "", "/" },
		{ "/a/b", "/a/b" },
		{ "a", "/a" },
		{ "//a///b//", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/a/b/../../..", "/" },
		{ "/../..", "/" },
		{ "/../x", "/x" },
		{ "/a/...", "/a/..." },
		{ "/a/..b/.c", "/a/..b/.c" },
		{ "a/../../b", "/b" },
	};
	char out[PATH_MAX], small[4];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(path_clean(rows[i].in, out, sizeof out), 0);
		assert_string_equal(out, rows[i].out);
	}
	assert_int_equal(path_clean("/ab", small, sizeof small), 0);
	assert_int_equal(path_clean("/abc", small, sizeof small), -1);
	assert_int_equal(failure()->code, ENAMETOOLONG);
}

static void inside(void **state)
{
	(void)state;
	assert_true(path_is_inside("/a", "/"));
	assert_true(path_is_inside("/", "/"));
	assert_true(path_is_inside("/a/b", "/a"));
	assert_true(path_is_inside("/a", "/a"));
	assert_false(path_is_inside("/ab", "/a"));
	assert_false(path_is_inside("/", "/a"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("directories are made with their parents", make_dirs),
		TEST("files are made with their parents, directories are kept", make_files),
		TEST("links that point outside end inside the root", escapes),
		TEST("\"..\" never leaves the root", dotdot_in_path),
		TEST("a dangling link to a file is followed inside the root", dangling_file_link),
		TEST("loops of links end", link_loops),
		TEST("magic links are refused", magic_links),
		TEST("a missing path is named", open_messages),
		TEST("nodes get exact permissions, and follow no link", nodes),
		TEST("symbolic links are made once and read", symlinks),
		TEST("removing does not follow, and missing is no error", removes),
		TEST("owner and mode by descriptor", owner_and_mode),
		TEST("paths are cleaned as text", clean),
		TEST("inside is a matter of components", inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
