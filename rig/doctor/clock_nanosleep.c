/* The reference of the loop test: sleep to absolute deadlines as the loop does, print how late each wake-up was (ns).

   clock_nanosleep PERIODS PERIOD_NS PRIORITY CPU: asks for SCHED_FIFO with a priority (0: does not ask), for locked
   memory and the finest timer slack, and stays on a CPU (-1: anywhere). Its first line says what it got and how many
   cycles were late: FIFO (0 or 1), LOCKED (0 or 1), LATE. A late cycle skips the periods that are gone. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **words)
{
    if (count != 5)
        return 2;
    long periods = atol(words[1]), period_ns = atol(words[2]), slept = 0, late = 0;
    int priority = atoi(words[3]), cpu = atoi(words[4]);
    struct sched_param wanted = {.sched_priority = priority};
    long long *after = calloc(periods, sizeof *after);
    if (!after)
        return 3;
    if (cpu >= 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (sched_setaffinity(0, sizeof one, &one))
            return 4;
    }
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    int locked = !mlockall(MCL_CURRENT | MCL_FUTURE);
    int fifo = priority > 0 && !sched_setscheduler(0, SCHED_FIFO, &wanted);
    long long deadline = now_ns();
    for (long i = 0; i < periods; i++) {
        deadline += period_ns;
        long long behind = now_ns() - deadline;
        if (behind > 0) {
            late++;
            deadline += behind / period_ns * period_ns;
            continue;
        }
        struct timespec until = {deadline / 1000000000LL, deadline % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        after[slept++] = now_ns() - deadline;
    }
    printf("%d %d %ld\n", fifo, locked, late);
    for (long i = 0; i < slept; i++)
        printf("%lld\n", after[i]);
    return 0;
}
