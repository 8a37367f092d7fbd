/* SPDX-License-Identifier: Apache-2.0 */
#include "config/options.h"

#include "base/secret.h"
#include "model/time.h"

typedef struct Slot {
    char *text;
    int64_t number; /* OPT_INT, OPT_DURATION, OPT_DATE, OPT_ENUM, OPT_BOOL */
    bool given;
} Slot;

struct OptionValues {
    const OptionDef *defs;
    Slot *slots;
    int count;
};

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

static int find(const OptionValues *values, const char *name)
{
    for (int i = 0; i < values->count; i++)
        if (same_name(values->defs[i].name, name))
            return i;
    return -1;
}

static bool parse_bool(const char *text, int64_t *out)
{
    static const char *const yes[] = {"true", "yes", "on", "1", NULL};
    static const char *const no[] = {"false", "no", "off", "0", NULL};
    g_autofree char *lower = g_ascii_strdown(text, -1);
    *out = g_strv_contains(yes, lower);
    return *out || g_strv_contains(no, lower);
}

static bool parse_int(const char *text, int64_t *out)
{
    return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, out, NULL);
}

static bool parse_word(const char *const *words, const char *text, int64_t *out)
{
    for (int i = 0; words && words[i]; i++) {
        if (g_ascii_strcasecmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool in_range(const OptionDef *def, int64_t number)
{
    return (def->min == 0 && def->max == 0) || (number >= def->min && number <= def->max);
}

static bool parse_duration(const OptionDef *def, const char *text, int64_t *out)
{
    if (parse_word(def->words, text, out)) {
        *out = -1;
        return true;
    }
    return duration_parse(text, out) && in_range(def, *out);
}

static bool has_number(const GArray *numbers, int64_t number)
{
    for (guint i = 0; i < numbers->len; i++)
        if (g_array_index(numbers, int64_t, i) == number)
            return true;
    return false;
}

/* "1, 2,5", each once. */
static bool parse_numbers(const OptionDef *def, const char *text, GArray *out)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    for (int i = 0; parts[i]; i++) {
        int64_t number;
        if (!parse_int(g_strstrip(parts[i]), &number) || !in_range(def, number))
            return false;
        if (!has_number(out, number))
            g_array_append_val(out, number);
    }
    return out->len > 0;
}

static bool are_numbers(const OptionDef *def, const char *text)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return parse_numbers(def, text, numbers);
}

static bool parse(const OptionDef *def, const char *text, int64_t *number)
{
    switch (def->type) {
    case OPT_STRING:
        return true;
    case OPT_PATH:
        return *text != '\0';
    case OPT_INT:
        return parse_int(text, number) && in_range(def, *number);
    case OPT_NUMBERS:
        return are_numbers(def, text);
    case OPT_BOOL:
        return parse_bool(text, number);
    case OPT_DURATION:
        return parse_duration(def, text, number);
    case OPT_DATE:
        return time_parse(text, strlen(text), number, NULL, NULL);
    case OPT_ENUM:
        return parse_word(def->words, text, number);
    }
    return false;
}

static char *takes_duration(const OptionDef *def)
{
    GString *out = g_string_new("a duration such as 90s, 10m, 1h or 2d");
    if (def->min != 0 || def->max != 0) {
        char low[48];
        char high[48];
        duration_format(def->min, low, sizeof low);
        duration_format(def->max, high, sizeof high);
        g_string_append_printf(out, " (from %s to %s)", low, high);
    }
    for (int i = 0; def->words && def->words[i]; i++)
        g_string_append_printf(out, " or `%s`", def->words[i]);
    return g_string_free(out, FALSE);
}

char *option_takes(const OptionDef *def)
{
    switch (def->type) {
    case OPT_STRING:
        return g_strdup("text");
    case OPT_PATH:
        return g_strdup("a path");
    case OPT_INT:
        if (def->min == 0 && def->max == 0)
            return g_strdup("an integer");
        return g_strdup_printf("an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, def->min, def->max);
    case OPT_NUMBERS:
        return g_strdup_printf("numbers from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " such as 1,2,5", def->min, def->max);
    case OPT_BOOL:
        return g_strdup("true or false");
    case OPT_DURATION:
        return takes_duration(def);
    case OPT_DATE:
        return g_strdup("an ISO 8601 date such as 2024-01-15 or 2024-01-15T10:00:00Z");
    case OPT_ENUM: {
        g_autofree char *words = g_strjoinv(", ", (char **)def->words);
        return g_strdup_printf("one of %s", words);
    }
    }
    return NULL;
}

static void store(OptionValues *values, int index, const char *text, int64_t number, bool given)
{
    const OptionDef *def = &values->defs[index];
    Slot *slot = &values->slots[index];
    g_free(slot->text);
    slot->text = g_strdup(def->type == OPT_ENUM ? def->words[number] : text);
    slot->number = number;
    slot->given = given;
}

OptionValues *options_new(const OptionDef *defs)
{
    OptionValues *values = g_new0(OptionValues, 1);
    values->defs = defs;
    while (defs && defs[values->count].name)
        values->count++;
    values->slots = g_new0(Slot, values->count + 1);
    for (int i = 0; i < values->count; i++) {
        int64_t number = 0;
        if (defs[i].fallback && parse(&defs[i], defs[i].fallback, &number))
            store(values, i, defs[i].fallback, number, false);
    }
    return values;
}

void options_free(OptionValues *values)
{
    if (!values)
        return;
    for (int i = 0; i < values->count; i++)
        g_free(values->slots[i].text);
    g_free(values->slots);
    g_free(values);
}

static bool set(OptionValues *values, const char *name, const char *text, bool hidden, Err *err)
{
    int index = find(values, name);
    if (index < 0)
        return err_set(err, ERR_CONFIG, "unknown option `%s`", name);
    const OptionDef *def = &values->defs[index];
    if (def->secret)
        secret_register(text);
    int64_t number = 0;
    if (parse(def, text, &number)) {
        store(values, index, text, number, true);
        return true;
    }
    g_autofree char *takes = option_takes(def);
    if (hidden || def->secret)
        return err_set(err, ERR_CONFIG, "`%s`: expected %s, found something else", def->name, takes);
    return err_set(err, ERR_CONFIG, "`%s`: expected %s, found `%.60s`", def->name, takes, text);
}

bool options_set(OptionValues *values, const char *name, const char *text, Err *err)
{
    return set(values, name, text, false, err);
}

bool options_set_hidden(OptionValues *values, const char *name, const char *text, Err *err)
{
    return set(values, name, text, true, err);
}

bool options_known(const OptionValues *values, const char *name)
{
    return find(values, name) >= 0;
}

bool options_takes_list(const OptionValues *values, const char *name)
{
    int index = find(values, name);
    return index >= 0 && values->defs[index].type == OPT_NUMBERS;
}

static const Slot *slot_of(const OptionValues *values, const char *name)
{
    int index = values ? find(values, name) : -1;
    return index < 0 ? NULL : &values->slots[index];
}

const char *options_text(const OptionValues *values, const char *name)
{
    const Slot *slot = slot_of(values, name);
    return slot ? slot->text : NULL;
}

int64_t options_int(const OptionValues *values, const char *name)
{
    const Slot *slot = slot_of(values, name);
    return slot ? slot->number : 0;
}

GArray *options_numbers(const OptionValues *values, const char *name)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const char *text = options_text(values, name);
    if (text)
        parse_numbers(&values->defs[find(values, name)], text, numbers);
    return numbers;
}

bool options_bool(const OptionValues *values, const char *name)
{
    return options_int(values, name) != 0;
}

bool options_given(const OptionValues *values, const char *name)
{
    const Slot *slot = slot_of(values, name);
    return slot && slot->given;
}

const OptionDef *options_defs(const OptionValues *values)
{
    return values->defs;
}
