/* json_private.h - what the files of json/ share and nobody else needs. */
#pragma once
#include "json/json.h"

/* json_fail() with the arguments in a list. */
__attribute__((format(printf, 3, 0), cold)) int
json_vfail(const struct json_doc *doc, const struct json *value, const char *fmt, va_list ap);

/* From now on json_fail_at() searches doc. */
void json_register(struct json_doc *doc);

/* Offset of the opening quote of the string whose closing quote stands at end. */
size_t json_string_start(const struct json_doc *doc, size_t end);
