/*
 * spec_check_annotations.c - annotations of other runtimes that ask for what this one does not do.
 * They are refused, not ignored; what only informs (io.kubernetes.*, io.podman.*) is left alone.
 */
#include "spec/rules.h"
#include "spec/spec.h"
#include <string.h>

/* A name that ends with "." stands for all that begin so. */
static const struct refused_annotation {
	const char *name, *why;
} refused_annotations[] = {
	{ "run.oci.systemd.force_cgroup_v1", "cgroup v1 is not supported" },
	{ "run.oci.delegate-cgroup",
	  "there is no second cgroup below the container's: with a cgroup namespace "
	  "its own one is the root already, and writable where it is mounted so" },
	{ "run.oci.handler",
	  "there are no handlers, a container is made of the kernel's own objects" },
	{ "module.wasm.image/variant", "there is no WebAssembly handler" },
	{ "run.oci.seccomp.plugins",
	  "no foreign code is loaded into the runtime; an agent at linux.seccomp.listenerPath "
	  "gets the listener" },
	{ "run.oci.seccomp_bpf_data",
	  "filters are made of linux.seccomp, a program that nobody can read is not loaded" },
	{ "krun.", "there is no handler for virtual machines" },
};

static bool is_called(const char *name, const char *row)
{
	return text_ends(row, ".") ? text_starts(name, row) : !strcmp(name, row);
}

int check_annotations(const struct spec *spec)
{
	for (size_t i = 0; i < spec->annotations.count; i++)
		for (size_t k = 0; k < COUNT(refused_annotations); k++) {
			const struct json_pair *a = &spec->annotations.items[i];

			if (is_called(a->name, refused_annotations[k].name))
				return fail_at(a, 0, "annotation %s: %s", a->name,
					       refused_annotations[k].why);
		}
	return 0;
}
