/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/destination.h"
#include "destinations/drivers.h"

const DestinationOps *const destination_registry[] = {
    &destination_postgres,
    &destination_sqlite,
    NULL,
};

const DestinationOps *destination_find(const char *kind)
{
    for (const DestinationOps *const *ops = destination_registry; *ops; ops++)
        if (g_str_equal((*ops)->kind, kind))
            return *ops;
    return NULL;
}

static bool has_scheme(const char *url, const char *scheme)
{
    size_t len = strlen(scheme);
    return g_ascii_strncasecmp(url, scheme, len) == 0 && url[len] == ':';
}

const DestinationOps *destination_for_url(const char *url)
{
    for (const DestinationOps *const *ops = destination_registry; *ops; ops++)
        for (const char *const *scheme = (*ops)->schemes; *scheme; scheme++)
            if (has_scheme(url, *scheme))
                return *ops;
    return NULL;
}
