/* log.h - lines to stderr or to the --log file, as text or JSON.  Decides nothing, ends nothing. */
#pragma once
#include "base/flight.h"
#include <stdbool.h>

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG, LEVEL_COUNT };
enum log_format { LOG_TEXT, LOG_JSON, LOG_FORMAT_COUNT };

extern const char *const log_level_names[LEVEL_COUNT]; /* "error", "warning", "info", "debug" */
extern const char *const log_format_names[LOG_FORMAT_COUNT]; /* "text", "json" */

/*
 * Where lines go from now on.  path NULL: stderr.  The file is opened for appending, never
 * truncated (EC-42); a "file:" prefix is taken off, "journald:" and "syslog:" are refused with a
 * reason.
 */
int log_open(const char *path, enum log_format format, enum log_level level);

/* The descriptor of the --log file, or -1 when lines go to stderr. */
int log_fd(void);

bool log_wants(enum log_level level);

/* A step begins: kept by the flight recorder, and a debug line where those are wanted.  what: see
 * flight.h. */
void log_step(enum flight_who who, const char *what);

/* From now on nothing is written: the descriptors are about to be somebody else's. */
void log_silence(void);

/*
 * Each writes one whole line with one write(2), so that several processes can share the file.
 * JSON: {"level":"error","msg":"...","time":"2026-08-22T17:21:51Z"} (EC-42: RFC 3339).
 * Debug lines carry the time since the start of the process.
 */
__attribute__((format(printf, 1, 2))) void log_debug(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *fmt, ...);

/*
 * The failure that ends a command: to the log, and to stderr as well when the log is a file
 * (EC-41).  A log file that does not have the steps as debug lines gets those that the flight
 * recorder kept: lines before it, or as JSON its member "steps", since readers take a failure for
 * one document (EC-43).
 */
void log_failure(const char *text);
