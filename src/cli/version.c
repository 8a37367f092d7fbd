/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/version.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <libfyaml.h>
#include <libpq-fe.h>
#include <mongoc/mongoc.h>
#include <sqlite3.h>
#include <zlib.h>

#include "cli/commit.h"

const char *version_short(void)
{
    return PACKAGE_VERSION " (" TIDEMARK_COMMIT ")";
}

void version_append(GString *out)
{
    int pq = PQlibVersion();
    g_string_append_printf(out, "tidemark %s\ncommit %s\n", PACKAGE_VERSION, TIDEMARK_COMMIT);
    g_string_append_printf(
        out, "libraries: libpq %d.%d, sqlite %s, libmongoc %s, libcurl %s, libfyaml %s, cJSON %s, zlib %s, glib %u.%u.%u\n",
        pq / 10000, pq % 10000, sqlite3_libversion(), mongoc_get_version(), curl_version_info(CURLVERSION_NOW)->version,
        fy_library_version(), cJSON_Version(), zlibVersion(), glib_major_version, glib_minor_version, glib_micro_version);
}
