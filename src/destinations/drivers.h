/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/drivers.h - the drivers that registry.c lists; one line per driver. */
#ifndef TIDEMARK_DESTINATIONS_DRIVERS_H
#define TIDEMARK_DESTINATIONS_DRIVERS_H

#include "destinations/destination.h"

extern const DestinationOps destination_postgres;
extern const DestinationOps destination_sqlite;

#endif
