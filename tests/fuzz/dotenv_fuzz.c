/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/dotenv_fuzz.c - any bytes as a .env file: read, and each value expanded. */
#include <stdint.h>

#include "config/dotenv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *lookup(void *data, const char *name)
{
    return g_hash_table_lookup(data, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Problems *problems = problems_new();
    GPtrArray *entries = dotenv_parse((const char *)bytes, len, ".env", problems);
    if (entries) {
        g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < entries->len; i++) {
            const DotenvEntry *entry = entries->pdata[i];
            if (!entry->key || entry->line < 1)
                g_assert_not_reached();
            if (entry->value)
                g_free(dotenv_expand(entry->value, lookup, known));
            g_hash_table_replace(known, entry->key, entry->value);
        }
        g_ptr_array_unref(entries);
    } else if (problems->errors == 0) {
        g_assert_not_reached(); /* refused without a word */
    }
    problems_free(problems);
    return 0;
}
