/* SPDX-License-Identifier: Apache-2.0 */
#include "config/dotenv.h"

typedef struct Reader {
    const char *at, *end;
    int line;
} Reader;

static void entry_free(void *data)
{
    DotenvEntry *entry = data;
    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

/* White space as Python's str.isspace() and \s have it. */
static bool is_space(gunichar c)
{
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static gunichar peek(const Reader *r)
{
    return r->at < r->end ? g_utf8_get_char(r->at) : 0;
}

static void step(Reader *r)
{
    if (*r->at == '\n')
        r->line++;
    r->at = g_utf8_next_char(r->at);
}

static void skip_blank(Reader *r)
{
    while (r->at < r->end && *r->at != '\n' && is_space(peek(r)))
        step(r);
}

static void skip_space(Reader *r)
{
    while (r->at < r->end && is_space(peek(r)))
        step(r);
}

static void skip_line(Reader *r)
{
    while (r->at < r->end && *r->at != '\n')
        step(r);
    if (r->at < r->end)
        step(r);
}

/* `export` counts only with white space behind it on its line. */
static void skip_export(Reader *r)
{
    static const char word[] = "export";
    if ((size_t)(r->end - r->at) < sizeof word || strncmp(r->at, word, sizeof word - 1) != 0)
        return;
    Reader ahead = *r;
    ahead.at += sizeof word - 1;
    const char *behind = ahead.at;
    skip_blank(&ahead);
    if (ahead.at > behind)
        *r = ahead;
}

/* False: no key can be read. *key stays NULL on a comment. */
static bool read_key(Reader *r, char **key)
{
    *key = NULL;
    if (peek(r) == '#')
        return true;
    if (peek(r) == '\'') {
        const char *close = memchr(r->at + 1, '\'', (size_t)(r->end - r->at - 1));
        if (!close || close == r->at + 1)
            return false;
        *key = g_strndup(r->at + 1, (size_t)(close - r->at - 1));
        while (r->at <= close)
            step(r);
        return true;
    }
    const char *start = r->at;
    while (r->at < r->end && *r->at != '=' && *r->at != '#' && !is_space(peek(r)))
        step(r);
    if (r->at == start)
        return false;
    *key = g_strndup(start, (size_t)(r->at - start));
    return true;
}

static void put_escape(GString *out, char c, char quote)
{
    static const char letters[] = "abfnrtv";
    static const char meant[] = "\a\b\f\n\r\t\v";
    const char *letter = quote == '"' ? strchr(letters, c) : NULL;
    if (c == '\\' || c == '\'' || (quote == '"' && c == '"'))
        g_string_append_c(out, c);
    else if (letter && c)
        g_string_append_c(out, meant[letter - letters]);
    else
        g_string_append_printf(out, "\\%c", c);
}

/* A backslash takes the character behind it along, so an escaped quote does not end the value. False: no closing quote. */
static bool read_quoted(Reader *r, char quote, char **value)
{
    Reader ahead = *r;
    GString *out = g_string_new(NULL);
    step(&ahead);
    while (ahead.at < ahead.end && *ahead.at != quote) {
        if (*ahead.at == '\\' && ahead.at + 1 < ahead.end) {
            step(&ahead);
            if ((unsigned char)*ahead.at < 0x80) {
                put_escape(out, *ahead.at, quote);
            } else {
                g_string_append_c(out, '\\');
                g_string_append_unichar(out, peek(&ahead));
            }
        } else {
            g_string_append_unichar(out, peek(&ahead));
        }
        step(&ahead);
    }
    if (ahead.at >= ahead.end) {
        g_string_free(out, TRUE);
        return false;
    }
    step(&ahead);
    *r = ahead;
    *value = g_string_free(out, FALSE);
    return true;
}

/* Up to white space with `#` behind it, or the end of the line; trailing white space goes. */
static char *read_unquoted(Reader *r)
{
    const char *start = r->at;
    const char *last = r->at; /* behind the last character that is no white space */
    const char *cut = NULL;   /* where the comment's white space begins */
    while (r->at < r->end && *r->at != '\n') {
        if (*r->at == '#' && r->at > last && !cut)
            cut = last;
        bool space = is_space(peek(r));
        step(r);
        if (!space)
            last = r->at;
    }
    const char *stop = cut ? cut : last;
    return g_strndup(start, (size_t)(stop - start));
}

static bool read_value(Reader *r, char **value)
{
    const char *behind = r->at + 1;
    step(r);
    skip_blank(r);
    if (r->at > behind && peek(r) == '#') { /* `KEY= # comment` */
        *value = g_strdup("");
        return true;
    }
    gunichar c = peek(r);
    if (c == '\'' || c == '"')
        return read_quoted(r, (char)c, value);
    *value = read_unquoted(r);
    return true;
}

/* The rest must be a comment or nothing. */
static bool read_end(Reader *r)
{
    Reader ahead = *r;
    skip_blank(&ahead);
    if (peek(&ahead) == '#') {
        while (ahead.at < ahead.end && *ahead.at != '\n')
            step(&ahead);
        *r = ahead;
    }
    if (ahead.at < ahead.end && *ahead.at != '\n')
        return false;
    *r = ahead;
    if (r->at < r->end)
        step(r);
    return true;
}

static bool read_statement(Reader *r, DotenvEntry *entry)
{
    skip_export(r);
    if (!read_key(r, &entry->key))
        return false;
    skip_blank(r);
    if (peek(r) == '=' && !read_value(r, &entry->value))
        return false;
    return read_end(r);
}

/* Python opens the file as text: CR LF and a lone CR are line ends, also inside quotes. */
static char *one_line_end(const char *text, size_t len, size_t *out_len)
{
    GString *out = g_string_sized_new(len);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\r')
            g_string_append_c(out, text[i]);
        else if (i + 1 == len || text[i + 1] != '\n')
            g_string_append_c(out, '\n');
    }
    *out_len = out->len;
    return g_string_free(out, FALSE);
}

GPtrArray *dotenv_parse(const char *text, size_t len, const char *file, Problems *problems)
{
    if (!problems_check_text(problems, file, text, len))
        return NULL;
    size_t clean_len = 0;
    g_autofree char *clean = one_line_end(text, len, &clean_len);
    Reader r = {clean, clean + clean_len, 1};
    if (g_str_has_prefix(clean, "\xef\xbb\xbf"))
        r.at += 3;
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    for (skip_space(&r); r.at < r.end; skip_space(&r)) {
        DotenvEntry *entry = g_new0(DotenvEntry, 1);
        entry->line = r.line;
        bool fine = read_statement(&r, entry);
        if (fine && entry->key) {
            g_ptr_array_add(entries, entry);
            continue;
        }
        if (!fine) {
            problems_warn(problems, file, entry->line, 0, "the statement is skipped, expected KEY=value");
            skip_line(&r);
        }
        entry_free(entry);
    }
    return entries;
}

char *dotenv_expand(const char *value, DotenvLookup lookup, void *data)
{
    GString *out = g_string_new(NULL);
    for (const char *at = value; *at;) {
        const char *name = at + 2;
        size_t len = g_str_has_prefix(at, "${") ? strcspn(name, ":}") : 0;
        const char *mark = name + len;
        const char *fallback = NULL;
        const char *close = NULL;
        if (g_str_has_prefix(at, "${") && *mark == '}')
            close = mark;
        if (g_str_has_prefix(at, "${") && g_str_has_prefix(mark, ":-")) {
            fallback = mark + 2;
            close = strchr(fallback, '}');
        }
        if (!close) {
            g_string_append_c(out, *at++);
            continue;
        }
        g_autofree char *key = g_strndup(name, len);
        const char *found = lookup(data, key);
        if (found)
            g_string_append(out, found);
        else if (fallback)
            g_string_append_len(out, fallback, close - fallback);
        at = close + 1;
    }
    return g_string_free(out, FALSE);
}
