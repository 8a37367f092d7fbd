/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_settings.h"

#include <string.h>

#include "base/secret.h"
#include "config/url.h"
#include "model/time.h"

const OptionDef matomo_options[] = {
    {.name = "url",
     .type = OPT_STRING,
     .secret = true,
     .help = "address of Matomo, with its folder if it has one: https://stats.example.org/matomo/"},
    {.name = "token", .type = OPT_STRING, .secret = true, .help = "authentication token of a user with the permission view"},
    {.name = "sites", .type = OPT_NUMBERS, .min = 1, .max = INT32_MAX, .help = "numbers of the sites to read; each is a stream"},
    {.name = "table", .type = OPT_STRING, .fallback = "matomo", .help = "table that the events land in"},
    {.name = "partitioned", .type = OPT_BOOL, .fallback = "false", .help = "partition that table by weeks (PostgreSQL)"},
    {.name = "migrations",
     .type = OPT_STRING,
     .fallback = "matomo",
     .help = "the name that matomo-postgres keeps its own tables under (its MATOMO_TABLE_NAME)"},
    {.name = "start", .type = OPT_DATE, .help = "first day to read when nothing was read before; default: the site's creation"},
    {.name = "force_start", .type = OPT_BOOL, .fallback = "false", .help = "read again from `start` on, each time"},
    {.name = "initial_offset",
     .type = OPT_INT,
     .min = 0,
     .max = 36500,
     .help = "days back to begin with when nothing was read before and there is no `start`"},
    {.name = "page_size", .type = OPT_INT, .min = 1, .max = 10000, .fallback = "500", .help = "visits in a request"},
    {.name = "in_flight", .type = OPT_INT, .min = 1, .max = 32, .fallback = "4", .help = "requests at a time"},
    {.name = "timeout",
     .type = OPT_DURATION,
     .min = US_PER_SECOND,
     .max = 3600 * US_PER_SECOND,
     .fallback = "180s",
     .help = "time that one request may take; after it, a smaller one is tried"},
    {.name = "tries",
     .type = OPT_INT,
     .min = 1,
     .max = 20,
     .fallback = "6",
     .help = "how often a request is tried that fails in passing"},
    {.name = "ca_file", .type = OPT_PATH, .help = "certificate authorities to trust instead of the system's (PEM)"},
    {.name = "verify", .type = OPT_BOOL, .fallback = "true", .help = "false: accept any certificate"},
    {0},
};

typedef struct Reading {
    const SourceConfig *config;
    Problems *problems;
    MatomoSettings *settings;
} Reading;

static const char *given(const SourceConfig *config, const char *name)
{
    const char *text = options_text(config->options, name);
    return text && *text ? text : NULL;
}

static void wrong(const Reading *r, const char *text)
{
    g_autofree char *whole = g_strdup_printf("source `%s`: %s", r->config->name, text);
    problems_put(r->problems, false, r->config->file, r->config->line, 0, whole);
}

static bool is_local(const char *hosts)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]", NULL};
    g_autofree char *name = g_ascii_strdown(hosts, -1);
    char *port = strrchr(name, ':');
    if (port && strspn(port + 1, "0123456789") == strlen(port + 1))
        *port = '\0';
    return g_strv_contains(names, name);
}

/* The text up to its query or fragment, with the API's file behind a folder. */
static char *api_address(const char *url)
{
    g_autofree char *address = g_strndup(url, strcspn(url, "?#"));
    if (g_str_has_suffix(address, ".php"))
        return g_steal_pointer(&address);
    return g_strconcat(address, g_str_has_suffix(address, "/") ? "" : "/", "index.php", NULL);
}

static void read_url(const Reading *r)
{
    enum { CLOUD_SPACING_MS = 350 }; /* 200 such calls a minute are allowed there */
    MatomoSettings *s = r->settings;
    const char *url = given(r->config, "url");
    g_auto(Url) parts = {0};
    if (!url) {
        wrong(r, "no `url`, expected the address of Matomo, such as https://stats.example.org/");
        return;
    }
    bool read = url_parse(url, &parts);
    if (!read || !parts.hosts || !*parts.hosts ||
        (g_ascii_strcasecmp(parts.scheme, "https") != 0 && g_ascii_strcasecmp(parts.scheme, "http") != 0)) {
        wrong(r, "`url`: expected an address that begins with https:// or http://, found something else");
        return;
    }
    s->token = url_parameter(&parts, "token_auth");
    secret_register(s->token);
    s->base = api_address(url);
    s->clear = g_ascii_strcasecmp(parts.scheme, "http") == 0 && !is_local(parts.hosts);
    s->spacing_ms = g_str_has_suffix(parts.hosts, ".matomo.cloud") ? CLOUD_SPACING_MS : 0;
}

static void read_token(const Reading *r)
{
    const char *token = given(r->config, "token");
    if (token) {
        g_free(r->settings->token);
        r->settings->token = g_strdup(token);
    }
    if (!r->settings->token || !*r->settings->token)
        wrong(r, "no `token`, expected a token that Matomo's page Personal, Security makes");
}

MatomoSettings *matomo_settings_new(const SourceConfig *config, Problems *problems)
{
    enum { TABLE_MAX = 63, PARTITIONED_MAX = 36 }; /* so that the names of its keys and indexes stay whole */
    int before = problems->errors;
    const OptionValues *options = config->options;
    MatomoSettings *s = g_new0(MatomoSettings, 1);
    *s = (MatomoSettings){
        .sites = options_numbers(options, "sites"),
        .verify = options_bool(options, "verify"),
        .ca_file = given(config, "ca_file"),
        .in_flight = (int)options_int(options, "in_flight"),
        .page_size = (int)options_int(options, "page_size"),
        .tries = (int)options_int(options, "tries"),
        .timeout_us = options_int(options, "timeout"),
        .table = given(config, "table"),
        .migrations = given(config, "migrations"),
        .partitioned = options_bool(options, "partitioned"),
        .force_start = options_bool(options, "force_start"),
        .start_us = options_given(options, "start") ? options_int(options, "start") : TIME_NONE,
        .initial_offset = options_given(options, "initial_offset") ? options_int(options, "initial_offset") : -1,
    };
    Reading r = {config, problems, s};
    read_url(&r);
    read_token(&r);
    if (s->sites->len == 0)
        wrong(&r, "no `sites`, expected the number of a site, or several such as 1,2,5");
    if (!s->table || strlen(s->table) > (s->partitioned ? PARTITIONED_MAX : TABLE_MAX))
        wrong(&r, s->partitioned ? "`table`: expected a name of 1 to 36 bytes" : "`table`: expected a name of 1 to 63 bytes");
    if (problems->errors == before)
        return s;
    matomo_settings_free(s);
    return NULL;
}

void matomo_settings_free(MatomoSettings *settings)
{
    if (!settings)
        return;
    g_array_unref(settings->sites);
    g_free(settings->base);
    g_free(settings->token);
    g_free(settings);
}
