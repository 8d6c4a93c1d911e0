/*
 * executable_explain.c - why a program that is there cannot be executed.  execve(2) has one errno
 * for the file and for the interpreter that it names, and none for another machine's program.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/executable.h"
#include <byteswap.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

enum { HEAD = 256, NAME = 256 }; /* BINPRM_BUF_SIZE: what the kernel reads of a file */

struct head {
	int fd;
	size_t size;
	unsigned char bytes[HEAD];
};

static bool is_elf(const struct head *h)
{
	return h->size >= EI_NIDENT && !memcmp(h->bytes, ELFMAG, SELFMAG);
}

/* What the file calls it, as C would write it: a \r at the end of a line is not to be seen. */
static void visible(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name && n + 5 < size; name++) {
		const unsigned char c = (unsigned char)*name;

		if (c == '\r')
			n += (size_t)snprintf(out + n, size - n, "\\r");
		else if (c < ' ' || c == 0x7f)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = 0;
}

/* 0 when it could be executed; else why not. */
static int interpreter_error(int root_fd, const char *name)
{
	cleanup_fd int fd = path_try_open(root_fd, name, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0 ? errno : 0;
}

/* "#! /usr/bin/env -S sh": the first word. */
static bool script_interpreter(const struct head *h, char out[NAME])
{
	const char *line = (const char *)h->bytes + 2, *end = (const char *)h->bytes + h->size;
	size_t n = 0;

	if (h->size < 2 || memcmp(h->bytes, "#!", 2))
		return false;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	while (line + n < end && !memchr(" \t\n", line[n], 4) && n < NAME - 1)
		n++;
	snprintf(out, NAME, "%.*s", (int)n, line);
	return true;
}

static bool explain_script(int root_fd, const struct head *h, char *out, size_t size)
{
	char name[NAME], shown[4 * NAME];
	int error;

	if (!script_interpreter(h, name))
		return false;
	visible(name, shown, sizeof shown);
	if (!*name) {
		snprintf(out, size, "its first line names no interpreter behind #!");
		return true;
	}
	error = interpreter_error(root_fd, name);
	if (!error)
		return false;
	snprintf(out, size, "the interpreter \"%s\" that its first line names: %s%s", shown,
		 fail_reason(error),
		 text_ends(name, "\r")
			 ? " (the line ends with \\r\\n, as in DOS files: remove the \\r)"
			 : "");
	return true;
}

static bool is_foreign_order(const struct head *h)
{
	const unsigned char native =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	return h->bytes[EI_DATA] != native;
}

/* The same place in headers of 32 and 64 bits. */
static unsigned elf_machine(const struct head *h)
{
	uint16_t machine;

	memcpy(&machine, h->bytes + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
	return is_foreign_order(h) ? bswap_16(machine) : machine;
}

static const struct name_value machines[] = {
	{ "x86", EM_386 },	   { "x86_64", EM_X86_64 },   { "arm", EM_ARM },
	{ "aarch64", EM_AARCH64 }, { "riscv", EM_RISCV },     { "ppc64le or ppc64", EM_PPC64 },
	{ "s390x", EM_S390 },	   { "mips", EM_MIPS },	      { "loongarch", EM_LOONGARCH },
	{ "ppc", EM_PPC },	   { "sparc64", EM_SPARCV9 }, { NULL, 0 },
};

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { OWN_MACHINE = EM_RISCV };
#elif defined(__powerpc64__)
enum { OWN_MACHINE = EM_PPC64 };
#elif defined(__s390x__)
enum { OWN_MACHINE = EM_S390 };
#elif defined(__loongarch__)
enum { OWN_MACHINE = EM_LOONGARCH };
#elif defined(__i386__)
enum { OWN_MACHINE = EM_386 };
#elif defined(__arm__)
enum { OWN_MACHINE = EM_ARM };
#else
enum { OWN_MACHINE = EM_NONE }; /* unknown: every program is another machine's when it fails */
#endif

static bool explain_machine(const struct head *h, char *out, size_t size)
{
	struct utsname own;
	const unsigned machine = elf_machine(h);
	const char *name = name_of(machines, machine);
	char number[32];

	if (h->size < sizeof(Elf32_Ehdr) || (machine == OWN_MACHINE && !is_foreign_order(h)))
		return false;
	uname(&own); /* cannot fail */
	snprintf(number, sizeof number, "machine number %u", machine);
	snprintf(out, size, "it is a program for %s, and this machine is %s", name ? name : number,
		 own.machine);
	return true;
}

struct segment {
	uint32_t type;
	uint64_t offset, size;
};

/* Program header number i, in the native byte order; false: beyond the last, or of the file. */
static bool read_segment(const struct head *h, unsigned i, struct segment *ret)
{
	if (h->bytes[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr e;
		Elf64_Phdr p;

		memcpy(&e, h->bytes, sizeof e);
		if (i >= e.e_phnum || pread(h->fd, &p, sizeof p,
					    (off_t)(e.e_phoff + i * sizeof p)) != (ssize_t)sizeof p)
			return false;
		*ret = (struct segment){ p.p_type, p.p_offset, p.p_filesz };
	} else {
		Elf32_Ehdr e;
		Elf32_Phdr p;

		memcpy(&e, h->bytes, sizeof e);
		if (i >= e.e_phnum || pread(h->fd, &p, sizeof p,
					    (off_t)(e.e_phoff + i * sizeof p)) != (ssize_t)sizeof p)
			return false;
		*ret = (struct segment){ p.p_type, p.p_offset, p.p_filesz };
	}
	return true;
}

static bool elf_interpreter(const struct head *h, char out[NAME])
{
	struct segment s;

	for (unsigned i = 0; i < 128 && read_segment(h, i, &s); i++) {
		if (s.type != PT_INTERP)
			continue;
		size_t wanted = s.size < NAME - 1 ? (size_t)s.size : NAME - 1;
		ssize_t n = pread(h->fd, out, wanted, (off_t)s.offset);

		out[n > 0 ? n : 0] = 0;
		return n > 0;
	}
	return false;
}

static bool explain_loader(int root_fd, const struct head *h, char *out, size_t size)
{
	char name[NAME], shown[4 * NAME];
	int error;

	if (h->size < sizeof(Elf64_Ehdr) || is_foreign_order(h) || !elf_interpreter(h, name))
		return false;
	error = interpreter_error(root_fd, name);
	if (!error)
		return false;
	visible(name, shown, sizeof shown);
	snprintf(out, size,
		 "its ELF interpreter %s: %s (the program was linked for another C library or "
		 "system, or link it statically)",
		 shown, fail_reason(error));
	return true;
}

static bool explain_content(int root_fd, const struct head *h, char *out, size_t size)
{
	if (is_elf(h))
		return explain_machine(h, out, size) || explain_loader(root_fd, h, out, size);
	if (explain_script(root_fd, h, out, size))
		return true;
	if (h->size && !(h->size >= 2 && !memcmp(h->bytes, "#!", 2))) {
		snprintf(out, size,
			 "it is neither an ELF program nor a script that begins with #!");
		return true;
	}
	if (!h->size)
		snprintf(out, size, "the file is empty");
	return !h->size;
}

/* Mode and mount; what a security module refused is not to be seen here. */
static bool explain_permission(int fd, char *out, size_t size)
{
	struct stat st;
	struct statvfs fs;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISDIR(st.st_mode))
		snprintf(out, size, "it is a directory");
	else if (!(st.st_mode & 0111))
		snprintf(out, size, "the file has no x bit (mode %04o)", st.st_mode & 07777);
	else if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		snprintf(out, size, "it is on a mount with the option noexec");
	else if (faccessat(fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0)
		snprintf(out, size, "mode %04o of %u:%u gives user %u no x bit", st.st_mode & 07777,
			 st.st_uid, st.st_gid, geteuid());
	else
		return false;
	return true;
}

bool executable_explain(int root_fd, const char *path, int code, char *out, size_t size)
{
	struct head h = { .fd = -1 };
	cleanup_fd int seen_fd = path_try_open(root_fd, path, O_PATH);

	if (seen_fd < 0 || (code != ENOENT && code != ENOEXEC && code != EACCES))
		return false;
	if (code == EACCES && explain_permission(seen_fd, out, size))
		return true;
	/* O_NONBLOCK: it may be a fifo by now. */
	cleanup_fd int fd = path_try_open(root_fd, path, O_RDONLY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, h.bytes, sizeof h.bytes, 0);

	if (n < 0)
		return false;
	h.fd = fd;
	h.size = (size_t)n;
	if (code == EACCES) /* of the file itself there is nothing to say: its interpreter */
		return is_elf(&h) ? explain_loader(root_fd, &h, out, size)
				  : explain_script(root_fd, &h, out, size);
	return explain_content(root_fd, &h, out, size);
}

int executable_fail(int root_fd, const char *path)
{
	const struct failure first = *failure();
	char why[1024], text[FAILURE_TEXT];

	if (!executable_explain(root_fd, path, first.code, why, sizeof why))
		return fail_copy(first.code, first.text, strlen(first.text));
	snprintf(text, sizeof text, "%.*s: %s", (int)(sizeof text - sizeof why - 3), first.text,
		 why);
	return fail_copy(first.code, text, strlen(text));
}
