/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_check.h - what `check` says of the server and the sites, and which sites the token may see. */
#ifndef TIDEMARK_SOURCES_MATOMO_CHECK_H
#define TIDEMARK_SOURCES_MATOMO_CHECK_H

#include "sources/matomo_call.h"

/* Appends CheckLine. False only when cancelled. */
bool matomo_check_server(const MatomoSettings *settings, HttpClient *http, const GPtrArray *streams, GPtrArray *lines, Err *err);

/* Appends "2 (Rig, America/New_York)" (char *). */
bool matomo_check_sites(const MatomoSettings *settings, HttpClient *http, GPtrArray *out, Err *err);

#endif
