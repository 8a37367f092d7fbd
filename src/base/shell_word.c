/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shell_word.h"

void shell_word_append(GString *out, const char *word)
{
    static const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-+@%,=";
    g_autofree char *quoted = word[0] && !word[strspn(word, plain)] ? g_strdup(word) : g_shell_quote(word);
    g_string_append_printf(out, " %s", quoted);
}
