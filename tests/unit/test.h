/* test.h - what every unit test includes first: cmocka, without its fail(), which is also the name
 * of our error record. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#undef fail
#undef fail_msg
#define fail_msg(...)                                                                              \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		_fail(__FILE__, __LINE__);                                                         \
	} while (0)

/* A row of the list of tests: its name begins with the ID of spec-matrix.md where one matches. */
#define TEST(title, function)                                                                      \
	{                                                                                          \
		title, function, NULL, NULL, NULL                                                  \
	}
