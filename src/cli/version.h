/* SPDX-License-Identifier: Apache-2.0 */
/* cli/version.h - which program this is, with what it was built and what it runs on. */
#ifndef TIDEMARK_CLI_VERSION_H
#define TIDEMARK_CLI_VERSION_H

#include <glib.h>

/* "0.1.0 (1e52565)": version and commit. */
const char *version_short(void);

/* Several lines: version, commit, the libraries in use. */
void version_append(GString *out);

#endif
