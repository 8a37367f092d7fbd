/* SPDX-License-Identifier: Apache-2.0 */
/* base/prelude.h - included first in every file by the compiler's command line: calls that overrun or cut text do not
 * compile here. */
#ifndef TIDEMARK_BASE_PRELUDE_H
#define TIDEMARK_BASE_PRELUDE_H

#include <stdio.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat gets

#endif
