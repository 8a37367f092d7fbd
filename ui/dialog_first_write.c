/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/dialog_first_write.h"

#include "ui/dialog_text.h"
#include "ui/home.h"

enum { SPACIOUS_FROM = 8 };

bool first_write_asks(const Plan *plan)
{
    return plan->first_writes->len > 0;
}

void first_write_draw(const Plan *plan, Canvas *canvas, Rect area)
{
    int y = dialog_wrap(canvas, area, STYLE_STRONG,
                        plan->first_writes->len == 1 ? "Tidemark has never written into this database:"
                                                     : "Tidemark has never written into these databases:");
    for (guint i = 0; i < plan->first_writes->len; i++) {
        const DestinationConfig *destination = g_ptr_array_index(plan->first_writes, i);
        g_autofree char *display = home_short(destination->display);
        int x = area.x + 2;
        if (destination->label)
            x = canvas_textf(canvas, x, y, -1, STYLE_LABEL, " %s ", destination->label) + 1;
        canvas_text(canvas, x, y++, area.x + area.w - x, STYLE_TEXT, display);
    }
    y = dialog_wrap(canvas, dialog_rest(area, y + (area.h >= SPACIOUS_FROM)), STYLE_STRONG,
                    "Is this the right database? Enter goes on, Esc goes back.");
    g_autofree char *text = g_strdup_printf(
        "The job makes tables of its own there (%u statement%s, d shows them), in which it keeps "
        "watermarks, checkpoints and rejected rows next to your data.",
        plan->ledger_ddl->len - plan->first_writes->len, plan->ledger_ddl->len - plan->first_writes->len == 1 ? "" : "s");
    dialog_wrap(canvas, dialog_rest(area, y + 1), STYLE_TEXT, text);
}
