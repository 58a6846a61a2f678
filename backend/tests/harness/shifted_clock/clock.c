/* Preloaded into every process of `make test-days`: adds $SHIFTED_SECONDS to what it reads from the system clock.
 *
 * Waiting, the monotonic clock and the times of files stay real. libfaketime does more than that, and breaks two
 * things: its absolute sleeps fail at random, and a signal handler that interrupts a wait reads the real time, so
 * that no timeout of PostgreSQL ever fires.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_sem_timedwait)(sem_t *, const struct timespec *);

__attribute__((constructor)) static void start(void) {
  const char *seconds = getenv("SHIFTED_SECONDS");
  shift = seconds ? atol(seconds) : 0;
  real_sem_timedwait = dlsym(RTLD_NEXT, "sem_timedwait");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  /* Other constructors may ask before ours has run. */
  int failed = real_clock_gettime ? real_clock_gettime(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec read;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &read);
  now->tv_sec = read.tv_sec;
  now->tv_usec = read.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *stored) {
  struct timespec read;
  clock_gettime(CLOCK_REALTIME, &read);
  if (stored) *stored = read.tv_sec;
  return read.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
  return base == TIME_UTC && !clock_gettime(CLOCK_REALTIME, now) ? base : 0;
}

/* Python's multiprocessing waits until a time of the system clock. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  struct timespec real = {until->tv_sec - shift, until->tv_nsec};
  return real_sem_timedwait(semaphore, &real);
}
