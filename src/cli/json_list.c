/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_list.h"

#include "model/time.h"

void json_member_list(GString *out, const char *key, const GPtrArray *texts)
{
    g_autoptr(GString) list = g_string_new("[");
    for (guint i = 0; texts && i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        if (i)
            g_string_append_c(list, ',');
        json_string(list, text, strlen(text));
    }
    g_string_append_c(list, ']');
    json_member_raw(out, key, list->str);
}

void json_member_known(GString *out, const char *key, int64_t number)
{
    if (number == -1)
        json_member_raw(out, key, "null");
    else
        json_member_int(out, key, number);
}

void json_member_time(GString *out, const char *key, int64_t us)
{
    char text[40];
    if (us == TIME_NONE) {
        json_member_raw(out, key, "null");
        return;
    }
    time_format_iso(us, text);
    json_member_text(out, key, text);
}

void json_member_err(GString *out, const char *key, const Err *err)
{
    if (err->code == ERR_NONE) {
        json_member_raw(out, key, "null");
        return;
    }
    g_autoptr(GString) object = g_string_new("{");
    json_member_text(object, "code", err_code_name(err->code));
    json_member_text(object, "native", err->native[0] ? err->native : NULL);
    json_member_text(object, "message", err->message);
    json_member_text(object, "hint", err->hint[0] ? err->hint : NULL);
    g_string_append_c(object, '}');
    json_member_raw(out, key, object->str);
}

void json_member_counts(GString *out, const Counts *counts)
{
    json_member_int(out, "read", counts->read);
    json_member_int(out, "written", counts->written);
    json_member_int(out, "unchanged", counts->unchanged);
    json_member_int(out, "rejected", counts->rejected);
    json_member_int(out, "rejected_new", counts->rejected_new);
    json_member_int(out, "filtered", counts->filtered);
    json_member_int(out, "removed", counts->removed);
}
