/*
 * rdt.h - linux.intelRdt: the container's class of service and monitoring group in resctrl.  The
 * parent's work alone; root_fd is the directory where resctrl is mounted.  Knows no cache and no
 * bandwidth: the kernel judges what is written.
 */
#pragma once
#include "spec/spec.h"
#include <sys/types.h>
struct host;

struct rdt {
	const struct spec_rdt *spec; /* NULL: resctrl is left alone */
	const char *mount;	     /* of resctrl */
	const char *group;	     /* directory below it, "." for the default class */
	const char *monitor;	     /* "GROUP/mon_groups/ID", NULL: none */
	bool own;		     /* no closID: the group is the container's, and goes with it */
};

/* Without a mounted resctrl: an error that says how to get one. */
int rdt_plan(const struct spec *spec, const struct host *host, const char *id, struct arena *arena,
	     struct rdt *ret);
/* The caller owns the descriptor. */
int rdt_open(const char *mount);

bool rdt_exists(int root_fd, const char *group);
/*
 * Makes the group and writes its schemata; one that is there must have them already (I-06).  Then
 * the monitoring group, which must be new.  *ret_made: the group was made here.
 */
int rdt_create(const struct rdt *r, int root_fd, bool *ret_made);
/* The process, and every child it will have. */
int rdt_place(const struct rdt *r, int root_fd, pid_t pid);
int rdt_enter(const struct rdt *r, pid_t pid); /* opens, places; does nothing without intelRdt */
/* Either may be NULL, and what is gone already is no failure. */
int rdt_remove(int root_fd, const char *group, const char *monitor);
