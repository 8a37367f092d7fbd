/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.h - an error as a value on the caller's stack.
 *
 * A function that can fail returns false (or NULL) and fills *err; it never logs. The caller adds context
 * on the way up with err_context(), and the top shows or logs it exactly once. An Err owns no memory and there
 * is no thread state, so any thread may use its own. */
#ifndef TIDEMARK_BASE_ERR_H
#define TIDEMARK_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ErrCode {
    ERR_NONE = 0,
    ERR_USAGE,       /* the command line is wrong */
    ERR_CONFIG,      /* a configuration or schema file is wrong */
    ERR_UNREACHABLE, /* a server cannot be reached or refuses the login */
    ERR_BUSY,        /* another run holds the stream */
    ERR_SOURCE,      /* the source answered with an error, or its data cannot be framed */
    ERR_DEST,        /* the destination answered with an error */
    ERR_STATE,       /* the local state file failed */
    ERR_DATA,        /* one row's data; never ends a run */
    ERR_CANCELLED,   /* stopped on request */
    ERR_INTERNAL     /* a defect of ours */
} ErrCode;

typedef struct Err {
    ErrCode code;
    bool transient;    /* the same call may succeed later: worth retrying */
    char native[24];   /* SQLSTATE, HTTP status, driver error number; may be empty */
    char message[512]; /* lower case, no final stop, names the object; never holds a secret or a row's values */
    char hint[256];    /* what the operator can do next; may be empty */
} Err;

/* Fills *err (which may be NULL) and returns false, so that a caller writes `return err_set(...)`.
 * Anything registered with secret_register() is masked in the message. */
bool err_set(Err *err, ErrCode code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Prefixes the message with "what: ". Returns false. */
bool err_context(Err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint. Returns false. */
bool err_hint(Err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "usage", "config", "unreachable" …: for logs and JSON. */
const char *err_code_name(ErrCode code);

#endif
