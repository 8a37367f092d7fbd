/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/peak.c - runs a program and says what it took: peak FILE PROGRAM ARGUMENT…
 *
 * Writes `SECONDS PEAK-KIB USER-SECONDS SYSTEM-SECONDS STATUS` to FILE: wall time, the highest resident memory, processor time, exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double seconds(struct timeval span)
{
    return (double)span.tv_sec + (double)span.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: peak FILE PROGRAM ARGUMENT...\n");
        return 2;
    }
    double started = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child == -1 || wait4(child, &status, 0, &usage) == -1) {
        perror("peak");
        return 1;
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *file = fopen(argv[1], "we");
    if (!file) {
        perror(argv[1]);
        return 1;
    }
    fprintf(file, "%.3f %ld %.3f %.3f %d\n", now() - started, usage.ru_maxrss, seconds(usage.ru_utime), seconds(usage.ru_stime),
            code);
    fclose(file);
    return code;
}
