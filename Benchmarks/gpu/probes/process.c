#define _GNU_SOURCE

#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void add_error(Outcome *outcome, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_error(Outcome *outcome, const char *format, ...) {
  const size_t used = strlen(outcome->errors);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(outcome->errors + used, sizeof outcome->errors - used, format, arguments);
  va_end(arguments);
  strncat(outcome->errors, "\n", sizeof outcome->errors - strlen(outcome->errors) - 1);
}

static void take_line(Outcome *outcome, int part, char *line) {
  if (line[0] == '!') {
    add_error(outcome, "part %d: %s", part, line + 1);
    return;
  }
  char *number = strchr(line, '\t');
  char *json = number ? strchr(number + 1, '\t') : NULL;
  if (!json || outcome->count == MOST_RESULTS) return;
  *number++ = 0;
  *json++ = 0;
  outcome->results[outcome->count++] = (Result){strdup(line), strdup(json), strtod(number, NULL)};
}

/// Takes the whole lines of `text`; gives what is left of the last one.
static size_t take_lines(Outcome *outcome, int part, char *text) {
  char *start = text;
  for (char *end; (end = strchr(start, '\n')); start = end + 1) {
    *end = 0;
    take_line(outcome, part, start);
  }
  const size_t left = strlen(start);
  memmove(text, start, left + 1);
  return left;
}

/// Reads until the other end closes; false when the limit came first.
static bool listen_to(int pipe, int part, double limit, Outcome *outcome) {
  static char text[1 << 16];
  size_t used = 0;
  for (;;) {
    const double left = limit - seconds_now();
    struct pollfd waiting = {.fd = pipe, .events = POLLIN};
    if (left <= 0 || poll(&waiting, 1, (int)(left * 1e3) + 1) == 0) return false;
    const ssize_t got = read(pipe, text + used, sizeof text - 1 - used);
    if (got <= 0) return true;
    text[used + (size_t)got] = 0;
    used = take_lines(outcome, part, text);
  }
}

_Noreturn static void be_the_part(void (*body)(int), int part, const int ends[2]) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(2, 1); // a driver that prints must not spoil the lines of JSON
  close(ends[0]);
  report_pipe = ends[1];
  body(part);
  _exit(0);
}

int run_apart(void (*body)(int), int part, double seconds, Outcome *outcome) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    add_error(outcome, "part %d: no pipe", part);
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) be_the_part(body, part, ends);
  close(ends[1]);
  if (child < 0) {
    add_error(outcome, "part %d: no process", part);
    close(ends[0]);
    return -1;
  }
  const bool finished = listen_to(ends[0], part, seconds_now() + seconds, outcome);
  close(ends[0]);
  if (!finished) {
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    add_error(outcome, "part %d: stopped at its limit of %.0f s", part, seconds);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!finished) return -1;
  if (WIFSIGNALED(status)) {
    add_error(outcome, "part %d: ended by signal %d (%s)", part, WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    return -1;
  }
  return WEXITSTATUS(status);
}
