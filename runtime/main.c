/* main.c - the process as a whole: its standard descriptors, its privilege, its exit status. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"
#include <sys/auxv.h>

int main(int argc, char **argv)
{
	/*
	 * Options, environment and state root are the caller's: with the file's privilege they
	 * would be an attack (T11).
	 */
	if (getauxval(AT_SECURE)) {
		log_failure("ring3 must not be installed setuid, setgid or with file capabilities");
		return 1;
	}
	if (fd_ensure_stdio() < 0) {
		log_failure(failure()->text);
		return 1;
	}
	return cli_main(argc, argv);
}
