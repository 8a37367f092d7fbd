/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo.h - what the console shares with `tidemark demo`. */
#ifndef TIDEMARK_CLI_DEMO_H
#define TIDEMARK_CLI_DEMO_H

/* The environment without what would point the demonstration elsewhere; g_strfreev() it. */
char **demo_environment(char **environment);

#endif
