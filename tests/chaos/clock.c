// Preloaded into a program, sets the clock on the wall for it alone: CHAOS_CLOCK="2.5 -3600" sets it back by an hour, two and a half
// seconds after the program began. Clocks that nobody can set are left as they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_gettime)(clockid_t, struct timespec *);
static double after, jump, began;

static double since_boot(void) {
  struct timespec now;
  real_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

__attribute__((constructor)) static void begin(void) {
  const char *wish = getenv("CHAOS_CLOCK");
  char *rest;
  real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  if (wish == NULL) return;
  after = strtod(wish, &rest);
  jump = strtod(rest, NULL);
  began = since_boot();
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  if (real_gettime == NULL) begin();
  const int code = real_gettime(clock, out);
  if (code == 0 && jump != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && since_boot() - began >= after)
    out->tv_sec += (time_t)jump;
  return code;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  struct timespec now;
  const int code = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return code;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
