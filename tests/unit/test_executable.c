/* test_executable.c - what a file says about an execve that failed; files in a temporary root. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "sandbox/executable.h"
#include "temporary.h"
#include <elf.h>
#include <errno.h>

static char why[1024];

static bool explains(const struct temporary *t, const void *data, size_t size, mode_t mode,
		     int code)
{
	unlinkat(t->fd, "program", 0);
	assert_int_equal(file_create(t->fd, "program", data, size, mode), 0);
	*why = 0;
	return executable_explain(t->fd, "/program", code, why, sizeof why);
}
#define TEXT(t, text, code) explains(t, text, strlen(text), 0755, code)

static void scripts(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_true(TEXT(&t, "#!/bin/nosuch -x\necho\n", ENOENT));
	assert_string_equal(why, "the interpreter \"/bin/nosuch\" that its first line names: "
				 "no such file or directory");
	assert_true(TEXT(&t, "#! /sh\r\necho\r\n", ENOENT));
	assert_non_null(strstr(why, "\"/sh\\r\""));
	assert_non_null(strstr(why, "remove the \\r"));
	assert_int_equal(file_create(t.fd, "sh", "", 0, 0755), 0);
	assert_false(TEXT(&t, "#! /sh\necho\n", ENOENT));
	assert_true(TEXT(&t, "#!\n", ENOEXEC));
	assert_string_equal(why, "its first line names no interpreter behind #!");
	assert_true(TEXT(&t, "echo\n", ENOEXEC));
	assert_string_equal(why, "it is neither an ELF program nor a script that begins with #!");
	assert_true(TEXT(&t, "", ENOEXEC));
	assert_string_equal(why, "the file is empty");
}

static void machines(void **state)
{
	TEMPORARY(t);
	Elf64_Ehdr e = { .e_type = ET_EXEC, .e_machine = EM_S390 };

	(void)state;
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
#ifndef __s390x__
	assert_true(explains(&t, &e, sizeof e, 0755, ENOEXEC));
	assert_non_null(strstr(why, "it is a program for s390x, and this machine is "));
#endif
	e.e_ident[EI_DATA] = ELFDATA2MSB;
	e.e_machine = __builtin_bswap16(EM_PPC64);
	assert_true(explains(&t, &e, sizeof e, 0755, ENOEXEC));
	assert_non_null(strstr(why, "a program for ppc64le or ppc64"));
	/* A header that is cut off says nothing wrong. */
	assert_false(explains(&t, &e, 18, 0755, ENOEXEC));
}

static void loaders(void **state)
{
	TEMPORARY(t);
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p;
		char interpreter[16];
	} f = { .p = { .p_type = PT_INTERP }, .interpreter = "/lib/ld-no.so" };
	cleanup_fd int self = open("/proc/self/exe", O_RDONLY);

	(void)state;
	assert_int_equal(read(self, &f.e, sizeof f.e), sizeof f.e); /* this machine's */
	f.e.e_phoff = offsetof(typeof(f), p);
	f.e.e_phnum = 1;
	f.p.p_offset = offsetof(typeof(f), interpreter);
	f.p.p_filesz = sizeof "/lib/ld-no.so";
	assert_true(explains(&t, &f, sizeof f, 0755, ENOENT));
	assert_non_null(
		strstr(why, "its ELF interpreter /lib/ld-no.so: no such file or directory"));
	f.p.p_offset = UINT64_MAX; /* hostile */
	assert_false(explains(&t, &f, sizeof f, 0755, ENOENT));
}

static void permissions(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_true(explains(&t, "x", 1, 0644, EACCES));
	assert_string_equal(why, "the file has no x bit (mode 0644)");
	assert_int_equal(mkdirat(t.fd, "directory", 0755), 0);
	assert_true(executable_explain(t.fd, "/directory", EACCES, why, sizeof why));
	assert_string_equal(why, "it is a directory");
	unlinkat(t.fd, "directory", AT_REMOVEDIR);
	assert_false(executable_explain(t.fd, "/missing", ENOENT, why, sizeof why));
	assert_false(explains(&t, "x", 1, 0755, ETXTBSY));
}

static void found_but_refused(void **state)
{
	TEMPORARY(t);
	cleanup_arena struct arena *arena = arena_new();
	static const char *const env[] = { "PATH=/nowhere:/", NULL };

	(void)state;
	assert_int_equal(file_create(t.fd, "program", "x", 1, 0600), 0);
	assert_null(executable_find(t.fd, "program", env, "/", arena));
	assert_string_equal(failure()->text,
			    "exec: \"program\": permission denied: the file has no "
			    "x bit (mode 0600)");
	assert_int_equal(failure()->code, EACCES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a script: its interpreter, with a visible \\r", scripts),
		TEST("another machine's program", machines),
		TEST("an ELF interpreter that is missing", loaders),
		TEST("mode and kind of the file", permissions),
		TEST("EC 1.9 permission denied, and why", found_but_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
