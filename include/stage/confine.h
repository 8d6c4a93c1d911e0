/*
 * confine.h - the steps that init and the process of `exec` share.  The comments beside the rows of
 * child.c, confine.c and exec_child.c say why each stands where it does.
 */
#pragma once
#include "stage/steps.h"

/* From here privileges only shrink: labels, no_new_privs, capabilities, limits, user, and the read
 * back. */
int confine(struct stage_child *c);

int step_placement(struct stage_child *c); /* only where the clone could not do it (K11, K19) */
int step_console(struct stage_child *c);
int step_process_settings(struct stage_child *c); /* personality, memory policy, umask */
int step_take_filter(struct stage_child *c);
int step_close_descriptors(struct stage_child *c); /* all but 0 to 2 and the preserved ones (R6) */
int step_execute(struct stage_child *c);	   /* loads the filter first */

/* After the filter is on, telling is writing to the page: no system call is needed for it. */
void confine_tell_page(struct stage_child *c);
/* For struct sandbox. */
int confine_send_console(void *stage, int master_fd, const char *pty_name);
