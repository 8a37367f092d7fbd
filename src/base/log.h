/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.h - log lines and who receives them.
 *
 * Safe from any thread. A line is a level, the run and stream it belongs to, and text; text is masked (secret.h) and
 * never holds a row's values. Sinks are set once, before threads start. */
#ifndef TIDEMARK_BASE_LOG_H
#define TIDEMARK_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum LogLevel { LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;

typedef struct LogLine {
    int64_t at_us; /* clock_now_us() */
    LogLevel level;
    int64_t run;        /* 0: belongs to no run */
    const char *stream; /* "app.users", or NULL */
    const char *text;
} LogLine;

typedef void (*LogSink)(const LogLine *line, void *data);

/* Replaces the sink (NULL: drop everything). The sink may be called from any thread, one call at a time. */
void log_set_sink(LogSink sink, void *data);

/* Lines less urgent than this are not formatted. Default LOG_INFO. */
void log_set_level(LogLevel level);
LogLevel log_level(void);

/* "error", "warn", "info", "debug"; the parser accepts the same names and returns false otherwise. */
const char *log_level_name(LogLevel level);
bool log_level_parse(const char *text, LogLevel *out);

void log_write(LogLevel level, int64_t run, const char *stream, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#define log_warn(...)  log_write(LOG_WARN, 0, NULL, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, 0, NULL, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, 0, NULL, __VA_ARGS__)

#endif
