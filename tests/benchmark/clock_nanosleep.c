/* The reference of the wake-up benchmark: sleep to absolute deadlines, print how late each wake-up was (ns). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **words)
{
    if (count != 3)
        return 2;
    long periods = atol(words[1]), period_ns = atol(words[2]);
    long long *late = calloc(periods, sizeof *late);
    mlockall(MCL_CURRENT | MCL_FUTURE); /* where it is allowed, as the loop asks for it */
    long long deadline = now_ns();
    for (long i = 0; i < periods; i++) {
        deadline += period_ns;
        struct timespec until = {deadline / 1000000000LL, deadline % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        late[i] = now_ns() - deadline;
    }
    for (long i = 0; i < periods; i++)
        printf("%lld\n", late[i]);
    return 0;
}
