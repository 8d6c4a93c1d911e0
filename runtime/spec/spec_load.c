/* spec_load.c - bundle directory to spec.  No look-ups on the host beyond the bundle itself. */
#include "base/fd.h"
#include "base/file.h"
#include "spec/load.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The spec is first, so that spec_free() finds its document. */
struct loaded {
	struct spec spec;
	struct json_doc doc;
};

static int parse_into(struct loaded *loaded)
{
	struct json_doc *doc = &loaded->doc;

	if (json_parse(doc) < 0 || json_fill(doc, doc->root, &spec_shape, &loaded->spec) < 0)
		return -1;
	return spec_check(&loaded->spec);
}

static char *copy(struct arena *arena, const char *text, size_t size)
{
	char *own = arena_alloc(arena, size + 1); /* one more: NUL */

	return memcpy(own, text, size);
}

const struct spec *spec_parse(const char *name, const char *text, size_t size, const char *bundle)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = ARENA_NEW(arena, struct loaded);
	const char *own = copy(arena, text, size);

	loaded->doc = (struct json_doc){
		.name = arena_strdup(arena, name),
		.text = own,
		.size = size,
		.arena = arena,
	};
	loaded->spec.bundle = arena_strdup(arena, bundle);
	loaded->spec.text = own;
	loaded->spec.text_size = size;
	loaded->spec.arena = arena;
	if (parse_into(loaded) == 0)
		return &loaded->spec;
	spec_free(&loaded->spec);
	return NULL;
}

void spec_add_bind(const struct spec *spec, const char *destination, const char *source,
		   int tree_fd)
{
	static const char *options[] = { "bind", "ro", "nosuid", "nodev", "noexec", NULL };
	struct spec *own = (struct spec *)spec;

	/* In place, since messages find the document by the addresses of what it filled. */
	if (!own->mounts.items)
		own->mounts.items = ARENA_NEW(spec->arena, struct spec_mount);
	own->mounts.items[own->mounts.count++] = (struct spec_mount){
		.destination = destination,
		.type = "bind",
		.source = arena_strdup(spec->arena, source),
		.options = options,
		.tree_fd = tree_fd,
	};
}

void spec_add_env(const struct spec *spec, const char *variable)
{
	const char **old = spec->process->env, **env;
	size_t count = 0;

	while (old && old[count])
		count++;
	env = ARENA_ARRAY(spec->arena, count + 2, const char *);
	for (size_t i = 0; i < count; i++)
		env[i] = old[i];
	env[count] = variable;
	spec->process->env = env;
}

void spec_free(const struct spec *spec)
{
	if (!spec)
		return;

	struct loaded *loaded = (struct loaded *)spec;

	json_forget(&loaded->doc);
	arena_free(spec->arena);
}

/* One call, and the path that comes back is absolute and free of symbolic links. */
static int directory_path(int fd, char *out, size_t size)
{
	char link[sizeof "/proc/self/fd/" + 10];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);

	ssize_t n = readlink(link, out, size);

	if (n < 0)
		return fail(errno, "read the path of the bundle from %s", link);
	if ((size_t)n == size)
		return fail(ENAMETOOLONG, "path of the bundle");
	out[n] = '\0';
	return 0;
}

const struct spec *spec_load(const char *bundle, const char *name)
{
	char path[PATH_MAX];
	cleanup_free char *text = NULL;
	size_t size;

	if (!bundle)
		bundle = ".";
	if (!name)
		name = "config.json";

	cleanup_fd int fd = file_open_dir(AT_FDCWD, bundle);

	if (fd < 0 || directory_path(fd, path, sizeof path) < 0)
		return NULL;
	if (file_read(fd, name, JSON_MAX_SIZE, &text, &size) < 0) {
		if (failure()->code == ENOENT)
			fail(ENOENT, "bundle %s: %s", path, name);
		else
			fail_in("bundle %s", path);
		return NULL;
	}
	return spec_parse(name, text, size, path);
}

/* A part of a config.json that comes alone. */
struct loaded_part {
	union {
		struct spec_process process;
		struct spec_resources resources;
		struct spec spec; /* mounts alone */
	};
	struct json_doc doc;
};

static void forget_part(struct loaded_part *part)
{
	struct arena *arena = part->doc.arena;

	json_forget(&part->doc);
	arena_free(arena);
}

static struct loaded_part *parse_part(const char *name, const char *text, size_t size,
				      const struct json_shape *shape)
{
	struct arena *arena = arena_new();
	struct loaded_part *part = ARENA_NEW(arena, struct loaded_part);

	part->doc = (struct json_doc){
		.name = name, .text = copy(arena, text, size), .size = size, .arena = arena
	};
	if (json_parse(&part->doc) == 0 && json_fill(&part->doc, part->doc.root, shape, part) == 0)
		return part;
	forget_part(part);
	return NULL;
}

struct spec_process *spec_load_process(const char *path)
{
	cleanup_free char *text = NULL;
	size_t size;

	if (file_read(AT_FDCWD, path, JSON_MAX_SIZE, &text, &size) < 0)
		return NULL;
	struct loaded_part *part = parse_part(path, text, size, &spec_process_shape);

	if (!part || spec_check_process(&part->process) == 0)
		return part ? &part->process : NULL;
	forget_part(part);
	return NULL;
}

struct spec_resources *spec_parse_resources(const char *name, const char *text, size_t size)
{
	struct loaded_part *part = parse_part(name, text, size, &spec_resources_shape);

	return part ? &part->resources : NULL;
}

const struct spec *spec_load_mounts(const struct spec *spec, const char *path)
{
	static const struct json_field array =
		JSON_L(struct spec, mounts, "mounts", spec_mount_shape);
	struct arena *arena = spec->arena;
	struct loaded_part *part = ARENA_NEW(arena, struct loaded_part);
	cleanup_free char *text = NULL;
	size_t size;

	if (file_read(AT_FDCWD, path, JSON_MAX_SIZE, &text, &size) < 0)
		return NULL;
	part->spec = *spec;
	part->spec.mounts.items = NULL;
	part->spec.mounts.count = 0;
	part->doc = (struct json_doc){
		.name = path, .text = copy(arena, text, size), .size = size, .arena = arena
	};
	if (json_parse(&part->doc) < 0 || json_expect(&part->doc, part->doc.root, JSON_ARRAY) < 0 ||
	    json_list(&part->doc, part->doc.root, &array, &part->spec.mounts) < 0 ||
	    spec_check_mounts(&part->spec) < 0)
		return NULL;
	return &part->spec;
}
