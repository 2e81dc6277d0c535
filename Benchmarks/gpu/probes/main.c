// Experiments on an OpenCL device, each of which decides something about the kernels: what is
// measured stands beside what was predicted. One line of JSON per experiment and pass on standard
// output.
//
//     probes [--device INDEX|NAME-PART] [--only E4,E5] [--passes N] [--seconds N]
//
// --seconds: the limit of one experiment, 90 if not given.
#include "experiments.h"
#include "process.h"

#include <time.h>

enum { MOST_EXPERIMENTS = 16 };

typedef struct {
  const char *only;
  int passes;
  double seconds;
} Options;

/// Of each experiment, what the pass before this one gave.
static Outcome *before[MOST_EXPERIMENTS];
static char device_name[128] = "none";

long run_number;

static bool is_chosen(const char *name, const char *only) {
  if (!only) return true;
  const size_t length = strlen(name);
  for (const char *at = only; (at = strstr(at, name)); at += length) {
    const bool begins = at == only || at[-1] == ',';
    if (begins && (at[length] == ',' || at[length] == 0)) return true;
  }
  return false;
}

static const Result *find(const Outcome *outcome, const char *name) {
  for (int i = 0; outcome && i < outcome->count; i++) {
    if (!strcmp(outcome->results[i].name, name)) return &outcome->results[i];
  }
  return NULL;
}

static void print_results(const Outcome *now, const Outcome *then) {
  for (int i = 0; i < now->count; i++) {
    const Result *result = &now->results[i];
    printf("%s%s", i ? "," : "", result->json);
    const Result *other = find(then, result->name);
    const double least = other ? fmin(fabs(other->number), fabs(result->number)) : NAN;
    if (least > 0) printf(",\"spread\":%.3g", fabs(other->number - result->number) / least);
    printf("}");
  }
}

static void print_errors(const Outcome *outcome) {
  char text[4000], quoted[4200];
  snprintf(text, sizeof text, "%s", outcome->errors);
  int count = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    json_string(quoted, sizeof quoted, line);
    printf("%s%s", count++ ? "," : "", quoted);
  }
}

static void print_line(const Experiment *e, int pass, double seconds, const Outcome *now,
                       const Outcome *then) {
  char title[300], device_text[300];
  json_string(title, sizeof title, e->title);
  json_string(device_text, sizeof device_text, device_name);
  printf("{\"experiment\":\"%s\",\"title\":%s,\"device\":%s,\"pass\":%d,\"seconds\":%.2f,", e->name,
         title, device_text, pass, seconds);
  printf("\"status\":\"%s\",\"errors\":[", now->errors[0] ? "failed" : "done");
  print_errors(now);
  printf("],\"results\":[");
  print_results(now, then);
  printf("]}\n");
  fflush(stdout);
}

static void run_experiment(int index, int pass, double seconds) {
  const Experiment *e = &experiments[index];
  Outcome *outcome = calloc(1, sizeof *outcome);
  const double start = seconds_now();
  for (int part = 0; part < e->parts; part++) {
    const double left = seconds - (seconds_now() - start);
    if (left < 1) {
      snprintf(outcome->errors + strlen(outcome->errors),
               sizeof outcome->errors - strlen(outcome->errors),
               "part %d and later: no time left of %.0f s\n", part, seconds);
      break;
    }
    // One part that hangs leaves time for the others.
    run_apart(e->run, part, e->parts > 2 ? fmin(left, seconds / 3) : left, outcome);
  }
  print_line(e, pass, seconds_now() - start, outcome, before[index]);
  before[index] = outcome;
}

/// Exit status 0 says that inline PTX runs, 1 that it does not.
static void find_ptx(int part) {
  (void)part;
  open_device();
  report_text("device", device.name);
  if (!runs_ptx()) exit(1);
}

static void learn_device(double seconds) {
  Outcome outcome = {0};
  device.ptx = run_apart(find_ptx, 0, fmin(seconds, 30), &outcome) == 0;
  const Result *name = find(&outcome, "device");
  const char *value = name ? strstr(name->json, "\"measured\":\"") : NULL;
  if (!value) return;
  snprintf(device_name, sizeof device_name, "%s", value + strlen("\"measured\":\""));
  device_name[strcspn(device_name, "\"")] = 0;
}

static bool read_options(int count, char **words, Options *options) {
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count) return false;
    const char *value = words[i + 1];
    if (!strcmp(words[i], "--device")) {
      device_choice = value;
    } else if (!strcmp(words[i], "--only")) {
      options->only = value;
    } else if (!strcmp(words[i], "--passes")) {
      options->passes = atoi(value);
    } else if (!strcmp(words[i], "--seconds")) {
      options->seconds = atof(value);
    } else {
      return false;
    }
  }
  return options->passes > 0 && options->seconds > 0;
}

int main(int count, char **words) {
  Options options = {.passes = 1, .seconds = 90};
  if (!read_options(count, words, &options)) {
    fprintf(stderr, "usage: probes [--device INDEX|NAME-PART] [--only E4,E5] [--passes N] "
                    "[--seconds N]\n");
    return 2;
  }
  learn_device(options.seconds);
  int run_count = 0;
  for (int pass = 1; pass <= options.passes; pass++) {
    run_number = time(NULL) * 100 + pass * 10;
    for (int i = 0; i < experiment_count; i++) {
      if (!is_chosen(experiments[i].name, options.only)) continue;
      run_experiment(i, pass, options.seconds);
      run_count++;
    }
  }
  if (!run_count) fprintf(stderr, "probes: no experiment is named '%s'\n", options.only);
  return run_count ? 0 : 2;
}
