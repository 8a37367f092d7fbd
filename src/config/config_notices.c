/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_parts.h"
#include "config/url.h"

/* Variables of the systems that this one replaces, by the kind of source that will read them. `unless` these are present, a kind's
 * ambiguous names (STARTDATE …) are somebody else's. */
typedef struct ForeignNames {
    const char *kind;
    const char *prefixes[4];
    const char *names[12];
} ForeignNames;

static const ForeignNames foreign[] = {
    {.kind = "posthog", .prefixes = {"POSTHOG_"}},
    {.kind = "search-stats", .prefixes = {"GSC_", "SEARCH_CONSOLE_", "GOOGLE_SEARCH_CONSOLE_"}},
};

static bool is_foreign(const char *name, const void *data)
{
    const ConfigRequest *request = data;
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
        if (kind_find(request->sources, foreign[i].kind))
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(foreign[i].prefixes) && foreign[i].prefixes[k]; k++)
            if (g_str_has_prefix(name, foreign[i].prefixes[k]))
                return true;
        for (size_t k = 0; k < G_N_ELEMENTS(foreign[i].names) && foreign[i].names[k]; k++)
            if (strcmp(name, foreign[i].names[k]) == 0)
                return true;
    }
    return false;
}

static bool is_supabase_key(const char *name, const void *data)
{
    (void)data;
    return strcmp(name, "SUPABASE_URL") == 0 || (g_str_has_prefix(name, "SUPABASE_") && g_str_has_suffix(name, "_KEY"));
}

/* "abcd" of https://abcd.supabase.co; NULL when it is no such address. */
static char *supabase_project(const char *url)
{
    g_auto(Url) parsed = {0};
    if (!url || !url_parse(url, &parsed) || !parsed.hosts || !g_str_has_prefix(parsed.scheme, "http"))
        return NULL;
    char *dot = strchr(parsed.hosts, '.');
    if (!dot || !(strcmp(dot, ".supabase.co") == 0 || strcmp(dot, ".supabase.in") == 0))
        return NULL;
    return g_strndup(parsed.hosts, (size_t)(dot - parsed.hosts));
}

static char *connection_sentence(const char *project)
{
    return g_strdup_printf("give the PostgreSQL connection string from the project's database settings: "
                           "DATABASE_URL=postgresql://postgres:PASSWORD@db.%s.supabase.co:5432/postgres",
                           project ? project : "PROJECT");
}

char *supabase_sentence(const char *url)
{
    g_autofree char *project = supabase_project(url);
    return project ? connection_sentence(project) : NULL;
}

static void notice(Loader *loader, char *text)
{
    g_ptr_array_add(loader->config->notices, text);
}

static void add_supabase(Loader *loader)
{
    g_auto(GStrv) names = env_names(loader->env, is_supabase_key, NULL);
    if (!names[0])
        return;
    g_autofree char *list = g_strjoinv(", ", names);
    g_autofree char *project = supabase_project(env_get(loader->env, "SUPABASE_URL"));
    g_autofree char *sentence = connection_sentence(project);
    notice(loader, g_strdup_printf("%s: rows are not written through Supabase's HTTP interface; %s", list, sentence));
}

/* With a tidemark.yaml the older systems' variables count for nothing; these two would be missed. */
static void add_unused(Loader *loader)
{
    static const struct {
        const char *variable, *key;
    } unused[] = {{"GLOBAL_DATE_THRESHOLD", "date_threshold"}, {"BATCH_SIZE", "batch_size"}};
    for (size_t i = 0; loader->config->file && i < G_N_ELEMENTS(unused); i++) {
        g_autofree char *value = env_trimmed(loader->env, unused[i].variable);
        bool missing = i == 0 ? loader->config->global_threshold_us == TIME_NONE : loader->config->batch_size == 0;
        if (value && missing)
            notice(loader, g_strdup_printf("%s is set but not used: %s decides; write `%s: ${%s}` there", unused[i].variable,
                                           loader->config->file, unused[i].key, unused[i].variable));
    }
}

void config_add_notices(Loader *loader)
{
    g_auto(GStrv) names = env_names(loader->env, is_foreign, loader->request);
    if (names[0] && !loader->config->file) {
        g_autofree char *list = g_strjoinv(", ", names);
        notice(loader, g_strdup_printf("ignored, their sources are not there yet: %s", list));
    }
    add_supabase(loader);
    add_unused(loader);
}

void config_check_remote(Loader *loader)
{
    static const char *const variables[] = {"TRANSFER_SOURCE", "TRANSFER_DESTINATION", "MATOMO_SOURCE"};
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        g_autofree char *value = env_trimmed(loader->env, variables[i]);
        Place place = place_of_variable(loader, variables[i]);
        if (!value || g_ascii_strcasecmp(value, "local") == 0)
            continue;
        if (g_ascii_strcasecmp(value, "remote") == 0)
            problems_add(
                loader->problems, place.file, place.line, 0,
                "%s is `remote`: SSH tunnels are not there yet; run this where the database is reachable and set it to `local`",
                variables[i]);
        else
            problems_warn(loader->problems, place.file, place.line, 0,
                          "%s is `%s`, which is read as `local`; expected local or remote", variables[i], value);
    }
}
