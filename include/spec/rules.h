/* rules.h - what spec_check.c asks of the other spec_check_*.c files. */
#pragma once
struct spec;
struct spec_seccomp;

int check_annotations(const struct spec *spec);
int check_seccomp(const struct spec_seccomp *seccomp);
