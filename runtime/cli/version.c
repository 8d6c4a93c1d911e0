/* version.c - which ring3 this is.  The only file that is compiled with its version and commit. */
#include "base/text.h"
#include "cli/cli.h"

const char ring3_version[] = RING3_VERSION;
const char ring3_commit[] = RING3_COMMIT;

/* The last line is crun's, for readers that look for a feature there. */
void print_version(struct text *out)
{
	text_addf(out, "ring3 version %s\ncommit: %s\nspec: %s\n", ring3_version, ring3_commit,
		  SPEC_VERSION);
	text_add(out, "+SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL\n");
}
