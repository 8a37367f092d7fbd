/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_json.h"

#include <string.h>

#define DIMENSION "dimension"

bool matomo_absent(const JsonValue *value)
{
    return !value || value->type == JSON_NULL || value->type == JSON_FALSE;
}

/* N of a name that is dimensionN; 0: another name. */
static int dimension_number(const JsonValue *name)
{
    enum { PREFIX = sizeof DIMENSION - 1, DIGITS_MAX = 6 };
    const char *text = name->raw + 1; /* behind the quote */
    uint32_t len = name->len - 2;
    int number = 0;
    if (len <= PREFIX || len > PREFIX + DIGITS_MAX || *text != 'd' || memcmp(text, DIMENSION, PREFIX) != 0)
        return 0;
    for (uint32_t i = PREFIX; i < len; i++) {
        if (!g_ascii_isdigit(text[i]))
            return 0;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static void put_dimension(GArray *list, int number, const JsonValue *value)
{
    MatomoDimension entry = {number, value};
    guint at = 0;
    while (at < list->len && g_array_index(list, MatomoDimension, at).number < number)
        at++;
    if (at < list->len && g_array_index(list, MatomoDimension, at).number == number)
        g_array_index(list, MatomoDimension, at) = entry;
    else
        g_array_insert_val(list, at, entry);
}

bool matomo_dimensions(const JsonValue *object, GArray *list)
{
    bool any = false;
    JSON_EACH_MEMBER(name, object) {
        int number = dimension_number(name);
        if (number == 0 || matomo_absent(name + 1))
            continue;
        put_dimension(list, number, name + 1);
        any = true;
    }
    return any;
}

unsigned matomo_dimensions_json(const GArray *list, GString *out)
{
    unsigned flaws = 0;
    g_string_append_c(out, '{');
    for (guint i = 0; i < list->len; i++) {
        const MatomoDimension *entry = &g_array_index(list, MatomoDimension, i);
        g_string_append_printf(out, "%s\"" DIMENSION "%d\":", i ? "," : "", entry->number);
        flaws |= json_write(out, entry->value);
    }
    g_string_append_c(out, '}');
    return flaws;
}

/* ---- custom variables ---- */

typedef struct Variables {
    GString *out;
    GHashTable *taken; /* name as JSON → value as JSON */
    unsigned flaws;
} Variables;

static const JsonValue *slot_member(const JsonValue *slot, const char *what, int number)
{
    static const char *const scopes[] = {"", "Page"};
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++) {
        g_autofree char *name = g_strdup_printf("customVariable%s%s%d", scopes[i], what, number);
        const JsonValue *value = json_get(slot, name);
        if (value)
            return value;
    }
    return NULL;
}

/* The quoted name with words inside its closing quote. */
static char *quoted_with(const char *quoted, const char *words)
{
    return g_strdup_printf("%.*s%s\"", (int)strlen(quoted) - 1, quoted, words);
}

static void add_variable(Variables *v, const JsonValue *name, const JsonValue *value, int number, bool of_visit)
{
    g_autoptr(GString) key = g_string_new(NULL), text = g_string_new(NULL);
    if (name->type == JSON_STRING)
        v->flaws |= json_write(key, name);
    else
        g_string_append_printf(key, "\"%.*s\"", (int)name->len, name->raw);
    if (value)
        v->flaws |= json_write(text, value);
    else
        g_string_append(text, "null");
    const char *before = g_hash_table_lookup(v->taken, key->str);
    if (before && strcmp(before, text->str) == 0)
        return;
    if (before) {
        g_autofree char *words = of_visit ? g_strdup(" (visit)") : g_strdup_printf(" (slot %d)", number);
        g_autofree char *other = quoted_with(key->str, words);
        g_string_assign(key, other);
        if (g_hash_table_contains(v->taken, key->str))
            return;
    }
    g_string_append_printf(v->out, "%s%s:%s", g_hash_table_size(v->taken) ? "," : "", key->str, text->str);
    g_hash_table_insert(v->taken, g_strdup(key->str), g_strdup(text->str));
}

static void add_slot(Variables *v, const JsonValue *slot, int number, bool of_visit)
{
    const JsonValue *name = slot_member(slot, "Name", number);
    if (!matomo_absent(name) && (name->type == JSON_STRING || name->type == JSON_NUMBER))
        add_variable(v, name, slot_member(slot, "Value", number), number, of_visit);
}

/* PHP writes a map as an object, or as an array when its keys happen to count from 0. */
static void add_slots(Variables *v, const JsonValue *slots, bool of_visit)
{
    int number = 0;
    if (slots && slots->type == JSON_ARRAY) {
        JSON_EACH(slot, slots)
            add_slot(v, slot, number++, of_visit);
        return;
    }
    if (!slots || slots->type != JSON_OBJECT)
        return;
    JSON_EACH_MEMBER(name, slots) {
        g_autofree char *text = g_strndup(name->raw + 1, name->len - 2);
        int64_t slot = 0;
        if (g_ascii_string_to_signed(text, 10, 0, G_MAXINT, &slot, NULL))
            add_slot(v, name + 1, (int)slot, of_visit);
    }
}

unsigned matomo_variables_json(const JsonValue *action, const JsonValue *visit, GString *out)
{
    Variables v = {.out = out, .taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    g_string_append_c(out, '{');
    add_slots(&v, action, false);
    add_slots(&v, visit, true);
    g_string_append_c(out, '}');
    g_hash_table_unref(v.taken);
    return v.flaws;
}
