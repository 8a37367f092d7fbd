/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/exit_status.h"
#include "cli/output.h"

int cli_fail(const Err *err)
{
    g_autoptr(GString) text = g_string_new("tidemark: ");
    g_string_append_printf(text, "%s\n", err->message);
    if (err->hint[0])
        g_string_append_printf(text, "  %s\n", err->hint);
    out_text(stderr, text->str);
    return exit_status_of(err->code);
}
