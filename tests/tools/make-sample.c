/* SPDX-License-Identifier: Apache-2.0 */
/* make-sample - writes a mongodump folder of invented data; the same seed gives the same bytes.
 *
 *   make-sample [--seed N] DIR                                the bundled sample (data/sample/dump/wellness)
 *   make-sample [--seed N] --users N [--touch M --round R] DIR   N documents of 15 fields for benchmarks; in round R, M per mille of
 *                                                             them have changed */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tools/sample.h"

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--seed N] [--users N [--touch PER_MILLE --round R]] DIR\n", program);
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"users", required_argument, NULL, 'u'},
                                            {"touch", required_argument, NULL, 't'},
                                            {"round", required_argument, NULL, 'r'},
                                            {NULL, 0, NULL, 0}};
    uint64_t seed = 20240229;
    int64_t users = 0;
    int touch = 10, round = 0, option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (option == 'u')
            users = strtoll(optarg, NULL, 10);
        else if (option == 't')
            touch = atoi(optarg);
        else if (option == 'r')
            round = atoi(optarg);
        else
            return usage(argv[0]);
    }
    if (optind != argc - 1)
        return usage(argv[0]);
    const char *folder = argv[optind];
    dump_prelude(folder);
    if (users > 0) {
        sample_users(folder, seed, users, touch, round);
        return 0;
    }
    sample_catalogue(folder, seed);
    sample_people(folder, seed + 1);
    sample_answers(folder, seed + 2);
    return 0;
}
