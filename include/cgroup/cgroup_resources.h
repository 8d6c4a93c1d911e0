/* cgroup_resources.h - linux.resources other than devices: which of them ask for something. */
#pragma once
#include "spec/spec.h"

/* Refuses, with its place, the first limit that would have to be written and is not applied by this
 * version. */
int cgroup_resources_check(const struct spec *spec);
