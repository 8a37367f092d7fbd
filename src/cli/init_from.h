/* SPDX-License-Identifier: Apache-2.0 */
/* cli/init_from.h - `tidemark init --from`: the schema file of a source, from what the source says of itself. */
#ifndef TIDEMARK_CLI_INIT_FROM_H
#define TIDEMARK_CLI_INIT_FROM_H

#include "cli/cli.h"

/* from: the name of a configured source, or a URL. Problems of the configuration are printed; what stops it is in *err. */
bool init_from(const Cli *cli, const char *from, Err *err);

#endif
