/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.h - --help and the manual, written from the tables of commands and options. */
#ifndef TIDEMARK_CLI_HELP_H
#define TIDEMARK_CLI_HELP_H

#include "cli/cli.h"

void help_program(GString *out);
void help_command(const Command *command, GString *out);

/* tidemark(1) in man(7) language. */
void help_manual(GString *out);

/* "-C, --directory DIR" */
void help_option_words(const CliOption *option, GString *out);

#endif
