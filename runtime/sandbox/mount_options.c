/* The option words of the runtime-spec, what engines add to them, and nothing else: no system
 * calls. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/mounts.h"

enum effect {
	ATTRIBUTE,	  /* MOUNT_ATTR_* bit */
	ATIME,		  /* one of the values of MOUNT_ATTR__ATIME */
	SUPERBLOCK,	  /* MS_* flag of the file system */
	PROPAGATION,	  /* MS_SHARED and its kin */
	SWITCH,		  /* bool member of struct mount_op, at offset bits */
	RECURSIVE_SWITCH, /* the same and its recursive twin, at offset twin */
	NOTHING,
};
enum { CLEAR = 1, RECURSIVE = 2 };

#define MEMBER(m) .bits = offsetof(struct mount_op, m)
#define TWIN(m)	  .twin = offsetof(struct mount_op, m)

/* Sorted by name, for bsearch; tests/unit/test_mount_options.c checks that. */
static const struct mount_option {
	const char *name;
	enum effect effect;
	unsigned how;
	uint64_t bits;
	size_t twin;
} mount_options[] = {
	{ "async", SUPERBLOCK, CLEAR, MS_SYNCHRONOUS },
	{ "atime", ATIME, CLEAR, MOUNT_ATTR_NOATIME },
	{ "bind", SWITCH, 0, MEMBER(bind) },
	{ "copy-symlink", SWITCH, 0, MEMBER(copy_symlink) },
	{ "defaults", NOTHING },
	{ "dest-nofollow", SWITCH, 0, MEMBER(destination_nofollow) },
	{ "dev", ATTRIBUTE, CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", ATTRIBUTE, CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", SUPERBLOCK, 0, MS_DIRSYNC },
	{ "exec", ATTRIBUTE, CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", SWITCH, 0, MEMBER(idmap) },
	{ "iversion", SUPERBLOCK, 0, MS_I_VERSION },
	{ "lazytime", SUPERBLOCK, 0, MS_LAZYTIME },
	{ "loud", SUPERBLOCK, CLEAR, MS_SILENT },
	{ "mand", SUPERBLOCK, 0, MS_MANDLOCK },
	{ "noatime", ATIME, 0, MOUNT_ATTR_NOATIME },
	{ "nodev", ATTRIBUTE, 0, MOUNT_ATTR_NODEV },
	{ "nodiratime", ATTRIBUTE, 0, MOUNT_ATTR_NODIRATIME },
	{ "noexec", ATTRIBUTE, 0, MOUNT_ATTR_NOEXEC },
	{ "noiversion", SUPERBLOCK, CLEAR, MS_I_VERSION },
	{ "nolazytime", SUPERBLOCK, CLEAR, MS_LAZYTIME },
	{ "nomand", SUPERBLOCK, CLEAR, MS_MANDLOCK },
	{ "norelatime", ATIME, CLEAR, MOUNT_ATTR_RELATIME },
	{ "nostrictatime", ATIME, CLEAR, MOUNT_ATTR_STRICTATIME },
	{ "nosuid", ATTRIBUTE, 0, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", ATTRIBUTE, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", PROPAGATION, 0, MS_PRIVATE },
	{ "ratime", ATIME, CLEAR | RECURSIVE, MOUNT_ATTR_NOATIME },
	{ "rbind", RECURSIVE_SWITCH, 0, MEMBER(bind), TWIN(recursive) },
	{ "rdev", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_NODEV },
	{ "rdiratime", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_NODIRATIME },
	{ "relatime", ATIME, 0, MOUNT_ATTR_RELATIME },
	{ "remount", SWITCH, 0, MEMBER(remount) },
	{ "rexec", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_NOEXEC },
	{ "ridmap", RECURSIVE_SWITCH, 0, MEMBER(idmap), TWIN(idmap_recursive) },
	{ "rnoatime", ATIME, RECURSIVE, MOUNT_ATTR_NOATIME },
	{ "rnodev", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_NODEV },
	{ "rnodiratime", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", ATIME, CLEAR | RECURSIVE, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", ATIME, CLEAR | RECURSIVE, MOUNT_ATTR_STRICTATIME },
	{ "rnosuid", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", ATTRIBUTE, 0, MOUNT_ATTR_RDONLY },
	{ "rprivate", PROPAGATION, 0, MS_PRIVATE | MS_REC },
	{ "rrelatime", ATIME, RECURSIVE, MOUNT_ATTR_RELATIME },
	{ "rro", ATTRIBUTE, RECURSIVE, MOUNT_ATTR_RDONLY },
	{ "rrw", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_RDONLY },
	{ "rshared", PROPAGATION, 0, MS_SHARED | MS_REC },
	{ "rslave", PROPAGATION, 0, MS_SLAVE | MS_REC },
	{ "rstrictatime", ATIME, RECURSIVE, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", ATTRIBUTE, CLEAR | RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", PROPAGATION, 0, MS_UNBINDABLE | MS_REC },
	{ "rw", ATTRIBUTE, CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATION, 0, MS_SHARED },
	{ "silent", SUPERBLOCK, 0, MS_SILENT },
	{ "slave", PROPAGATION, 0, MS_SLAVE },
	{ "src-nofollow", SWITCH, 0, MEMBER(source_nofollow) },
	{ "strictatime", ATIME, 0, MOUNT_ATTR_STRICTATIME },
	{ "suid", ATTRIBUTE, CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", ATTRIBUTE, CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", SUPERBLOCK, 0, MS_SYNCHRONOUS },
	{ "tmpcopyup", SWITCH, 0, MEMBER(tmpcopyup) },
	{ "unbindable", PROPAGATION, 0, MS_UNBINDABLE },
};

const char *mount_option_name(size_t row)
{
	return row < COUNT(mount_options) ? mount_options[row].name : NULL;
}

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct mount_option *)row)->name);
}

static void set_bits(uint64_t *set, uint64_t *clear, uint64_t bits)
{
	*set |= bits;
	*clear &= ~bits;
}

/*
 * Recursive words are applied first, so that "rro,rw" is a read-only tree with a writable top.  The
 * other order, "rw,rro", forgets the earlier word here: the last one wins.
 */
static void apply_attribute(const struct mount_option *o, struct mount_op *op)
{
	bool recursive = o->how & RECURSIVE;
	uint64_t *set = recursive ? &op->rec_set : &op->attr_set;
	uint64_t *clear = recursive ? &op->rec_clear : &op->attr_clear;

	if (recursive) {
		op->attr_set &= ~o->bits;
		op->attr_clear &= ~o->bits;
	}
	if (o->how & CLEAR)
		set_bits(clear, set, o->bits);
	else
		set_bits(set, clear, o->bits);
}

/*
 * The kernel keeps one value of three here and wants the whole field cleared before a new one is
 * set.  A word that takes one value away ("atime", "norelatime") leaves another one alone and
 * otherwise means the default, relatime.
 */
static void apply_atime(const struct mount_option *o, struct mount_op *op)
{
	bool recursive = o->how & RECURSIVE;
	uint64_t *set = recursive ? &op->rec_set : &op->attr_set;
	uint64_t *clear = recursive ? &op->rec_clear : &op->attr_clear;
	bool chosen = *clear & MOUNT_ATTR__ATIME;

	if ((o->how & CLEAR) && chosen && (*set & MOUNT_ATTR__ATIME) != o->bits)
		return;
	if (recursive) {
		op->attr_set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		op->attr_clear &= ~(uint64_t)MOUNT_ATTR__ATIME;
	}
	*clear |= MOUNT_ATTR__ATIME;
	*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
	if (!(o->how & CLEAR))
		*set |= o->bits;
}

static void apply(const struct mount_option *o, struct mount_op *op)
{
	switch (o->effect) {
	case ATTRIBUTE:
		apply_attribute(o, op);
		break;
	case ATIME:
		apply_atime(o, op);
		break;
	case SUPERBLOCK:
		if (o->how & CLEAR)
			set_bits(&op->sb_clear, &op->sb_set, o->bits);
		else
			set_bits(&op->sb_set, &op->sb_clear, o->bits);
		break;
	case PROPAGATION:
		op->propagation.items[op->propagation.count++] = o->bits;
		break;
	case RECURSIVE_SWITCH:
		*(bool *)((char *)op + o->twin) = true;
		*(bool *)((char *)op + o->bits) = true;
		break;
	case SWITCH:
		*(bool *)((char *)op + o->bits) = true;
		break;
	case NOTHING:
		break;
	}
}

/* crun's form, which engines use: idmap=uids=C-H-N#C-H-N;gids=C-H-N */
static bool apply_idmap(const char *word, struct mount_op *op)
{
	const char *name = *word == 'r' ? word + 1 : word;

	if (!text_starts(name, "idmap="))
		return false;
	op->idmap = true;
	op->idmap_recursive = *word == 'r';
	op->idmap_text = name + strlen("idmap=");
	return true;
}

int mount_options_parse(const char *const *options, struct arena *arena, struct mount_op *op)
{
	size_t count = 0, data = 0;

	while (options && options[count])
		count++;
	/* Room for the mount label and the end. */
	op->data = ARENA_ARRAY(arena, count + 2, const char *);
	op->propagation.items = ARENA_ARRAY(arena, count + 1, uint64_t);
	for (size_t i = 0; i < count; i++) {
		const struct mount_option *o =
			bsearch(options[i], mount_options, COUNT(mount_options),
				sizeof *mount_options, compare);

		if (o)
			apply(o, op);
		else if (*options[i] && !apply_idmap(options[i], op))
			op->data[data++] = options[i];
	}
	op->kind = op->remount ? MOUNT_REMOUNT : op->bind ? MOUNT_BIND : MOUNT_FILESYSTEM;
	return 0;
}
