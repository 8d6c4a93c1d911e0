/* cmd_spec.c - spec: writes the default config.json. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include <errno.h>
#include <fcntl.h>

struct spec_options {
	const char *bundle, *file;
	bool rootless;
};

#define AT(m) offsetof(struct spec_options, m)
static const struct option spec_options[] = {
	{ "bundle", 'b', OPTION_STRING, AT(bundle), "DIR",
	  "bundle directory (default: the current one)" },
	{ "file", 'f', OPTION_STRING, AT(file), "FILE",
	  "file in the bundle (default: config.json)" },
	{ "rootless", 0, OPTION_FLAG, AT(rootless), NULL, "for a container of an ordinary user" },
	{ NULL },
};
#undef AT

static int cmd_spec(struct context *ctx, const void *options, char **args)
{
	const struct spec_options *o = options;
	const char *name = o->file ? o->file : "config.json";
	cleanup_text struct text text = { 0 };
	cleanup_fd int dir_fd = file_open_dir(AT_FDCWD, o->bundle ? o->bundle : ".");

	(void)args;
	if (dir_fd < 0)
		return -1;
	if (o->rootless)
		spec_default_rootless(&text, ctx->host.euid, ctx->host.egid);
	else
		spec_default(&text);
	if (file_create(dir_fd, name, text.data, text.length, 0666) == 0)
		return 0;
	return failure()->code == EEXIST ? fail(0, "file %s exists: remove it first", name) : -1;
}

const struct command command_spec = {
	"spec",
	"",
	"write a config.json to begin with",
	spec_options,
	sizeof(struct spec_options),
	0,
	0,
	COMMAND_NO_STATE,
	cmd_spec,
};
