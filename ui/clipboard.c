/* SPDX-License-Identifier: Apache-2.0 */
/* OSC 52: the terminal at the other end of SSH takes the text into its clipboard. */
#include "ui/ui_private.h"

enum { CLIPBOARD_MOST = 74000 }; /* terminals drop longer ones: xterm takes 100,000 bytes of base64 */

void ui_copy(Ui *ui, const char *text)
{
    size_t len = strlen(text);
    if (len > CLIPBOARD_MOST) {
        ui_say(ui, true, "too long for the terminal's clipboard");
        return;
    }
    g_autofree char *coded = g_base64_encode((const guchar *)text, len);
    g_autofree char *plain = g_strdup_printf("\033]52;c;%s\a", coded);
    /* tmux takes it itself with `set-clipboard on`; what is wrapped so, with each escape doubled, it hands on with `allow-passthrough on`. */
    g_autofree char *wrapped = g_getenv("TMUX") ? g_strdup_printf("%s\033Ptmux;\033%s\033\\", plain, plain) : g_strdup(plain);
    if (ui->terminal)
        terminal_send(ui->terminal, wrapped, strlen(wrapped));
    ui_say(ui, false, "copied: %s", text);
}
