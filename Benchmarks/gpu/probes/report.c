// Records: one line each on the pipe, `name TAB number TAB JSON`; a line that starts with ! is the
// sentence of a part that failed.
#include "probe.h"

#include <unistd.h>

int report_pipe = 1;

void json_string(char *out, size_t room, const char *text) {
  size_t used = 0;
  out[used++] = '"';
  for (const unsigned char *c = (const unsigned char *)text; *c && used + 8 < room; c++) {
    if (*c == '"' || *c == '\\') {
      out[used++] = '\\';
      out[used++] = (char)*c;
    } else if (*c == '\n' || *c == '\t') {
      out[used++] = ' ';
    } else if (*c >= ' ' && *c < 127) {
      out[used++] = (char)*c;
    } else {
      out[used++] = '?';
    }
  }
  out[used++] = '"';
  out[used] = 0;
}

/// Whole lines up to the size that a pipe takes in one piece.
static void send(const char *line) {
  const size_t length = strlen(line);
  if (write(report_pipe, line, length) != (ssize_t)length) _exit(3);
}

static void send_record(const char *name, const char *number, const char *value, const char *rest) {
  char quoted[300], line[3000];
  json_string(quoted, sizeof quoted, name);
  snprintf(line, sizeof line, "%s\t%s\t{\"name\":%s,\"measured\":%s%s\n", name, number, quoted,
           value, rest);
  send(line);
}

static void predicted_text(char *out, size_t room, const char *unit, Prediction p) {
  char value[64] = "null";
  if (!isnan(p.low)) {
    if (p.low == p.high) {
      snprintf(value, sizeof value, "%.6g", p.low);
    } else {
      snprintf(value, sizeof value, "[%.6g,%.6g]", p.low, p.high);
    }
  }
  snprintf(out, room, ",\"unit\":\"%s\",\"predicted\":%s,\"kind\":\"%c\"", unit, value, p.kind);
}

void report(double measured, const char *unit, Prediction predicted, const char *name, ...) {
  char text[200], number[40], rest[200];
  va_list arguments;
  va_start(arguments, name);
  vsnprintf(text, sizeof text, name, arguments);
  va_end(arguments);
  if (!isfinite(measured)) return report_absent(text, "not a finite number");
  snprintf(number, sizeof number, "%.6g", measured);
  predicted_text(rest, sizeof rest, unit, predicted);
  send_record(text, number, number, rest);
}

void report_flag(bool measured, Prediction predicted, const char *name, ...) {
  char text[200], rest[200];
  va_list arguments;
  va_start(arguments, name);
  vsnprintf(text, sizeof text, name, arguments);
  va_end(arguments);
  const char *expected = isnan(predicted.low) ? "null" : predicted.low != 0 ? "true" : "false";
  snprintf(rest, sizeof rest, ",\"unit\":\"yes or no\",\"predicted\":%s,\"kind\":\"%c\"", expected,
           predicted.kind);
  send_record(text, measured ? "1" : "0", measured ? "true" : "false", rest);
}

void report_text(const char *name, const char *text) {
  char quoted[2600];
  json_string(quoted, sizeof quoted, text);
  send_record(name, "nan", quoted, "");
}

void report_absent(const char *name, const char *reason, ...) {
  char text[500], quoted[600], rest[700];
  va_list arguments;
  va_start(arguments, reason);
  vsnprintf(text, sizeof text, reason, arguments);
  va_end(arguments);
  json_string(quoted, sizeof quoted, text);
  snprintf(rest, sizeof rest, ",\"reason\":%s", quoted);
  send_record(name, "nan", "null", rest);
}

void fail(const char *sentence, ...) {
  char text[1500], line[1600];
  va_list arguments;
  va_start(arguments, sentence);
  vsnprintf(text, sizeof text, sentence, arguments);
  va_end(arguments);
  for (char *c = text; *c; c++) {
    if (*c == '\n') *c = ' ';
  }
  snprintf(line, sizeof line, "!%s\n", text);
  send(line);
  _exit(2);
}
