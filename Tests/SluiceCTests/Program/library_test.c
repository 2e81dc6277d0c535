// Calls every function of sluice.h, from several threads too, and tries every way to call it wrongly.
//
//     library_test MODEL CLIP EXPECTED OTHER BROKEN
//
// MODEL    takes frames of 1024 floats and gives 8
// CLIP     its frames, raw floats; EXPECTED what it must give for them, within 1e-5
// OTHER    another network with frames of the same form
// BROKEN   a file that is no model
//
// Prints what went wrong and exits with 1, or prints the number of checks.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice.h"

enum { INPUT = 1024, OUTPUT = 8, MOST = 64, THREADS = 4 };

static float clip[MOST][INPUT], expected[MOST][OUTPUT], whole[MOST][OUTPUT];
static int frames, checks, failures;

static void check(int holds, const char *what, int line) {
  checks++;
  if (holds) return;
  failures++;
  fprintf(stderr, "line %d: %s (last error: %s)\n", line, what, sluice_error_message());
}
#define CHECK(condition) check((condition), #condition, __LINE__)

/// The call returns `code` and leaves a message that holds `text`.
#define REFUSED(call, expected_code, text)                                  \
  do {                                                                      \
    CHECK((call) == (expected_code));                                       \
    check(strstr(sluice_error_message(), (text)) != NULL, #text, __LINE__); \
  } while (0)
#define OK(call) CHECK((call) == SLUICE_CODE_OK)

static int read_rows(const char *path, float *rows, size_t width) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  size_t count = fread(rows, width * sizeof(float), MOST, file);
  fclose(file);
  return (int)count;
}

static sluice_engine *load(const char *path, int32_t streams) {
  sluice_options options = {.byte_count = sizeof options};
  options.backend = "cpu";
  options.maximum_streams = streams;
  sluice_engine *engine = NULL;
  OK(sluice_engine_load(path, &options, &engine));
  return engine;
}

static sluice_session *open_session(sluice_engine *engine) {
  sluice_session *session = NULL;
  OK(sluice_session_open(engine, &session));
  return session;
}

static void describes_its_ports(sluice_engine *engine) {
  size_t inputs = 0, outputs = 0;
  OK(sluice_engine_count_ports(engine, &inputs, &outputs));
  OK(sluice_engine_count_ports(engine, NULL, NULL));
  CHECK(inputs == 1 && outputs == 1);
  sluice_port port;
  OK(sluice_engine_describe_input(engine, 0, &port));
  CHECK(strcmp(port.name, "frames") == 0 && port.element == SLUICE_ELEMENT_FLOAT32);
  CHECK(port.rank == 5 && port.shape[0] == 1 && port.shape[1] == 1 && port.shape[3] == 32);
  CHECK(port.count == INPUT && port.byte_count == 4 * INPUT && port.first_step == 0);
  OK(sluice_engine_describe_output(engine, 0, &port));
  CHECK(strcmp(port.name, "probabilities") == 0 && port.count == OUTPUT);
  int64_t frames_per_step = 0;
  OK(sluice_engine_frames_per_step(engine, &frames_per_step));
  CHECK(frames_per_step == 1);
  REFUSED(sluice_engine_describe_input(engine, 1, &port), SLUICE_CODE_INVALID_ARGUMENT, "no input 1");
  REFUSED(
      sluice_engine_describe_output(engine, SIZE_MAX, &port), SLUICE_CODE_INVALID_ARGUMENT,
      "no output");
  REFUSED(sluice_engine_describe_input(engine, 0, NULL), SLUICE_CODE_INVALID_ARGUMENT, "'port'");
  REFUSED(sluice_engine_frames_per_step(engine, NULL), SLUICE_CODE_INVALID_ARGUMENT, "'frames'");
}

/// Fills `whole` for the checks that follow.
static void streams_a_clip(sluice_engine *engine) {
  sluice_session *session = open_session(engine);
  for (int i = 0; i < frames; i++) {
    int32_t due = 0;
    OK(sluice_session_step(session, clip[i], INPUT, whole[i], OUTPUT, &due));
    CHECK(due == 1);
    for (int j = 0; j < OUTPUT; j++) CHECK(fabsf(whole[i][j] - expected[i][j]) <= 1e-5f);
  }
  float again[OUTPUT];
  OK(sluice_session_reset(session));
  OK(sluice_session_step(session, clip[0], INPUT, again, OUTPUT, NULL));
  CHECK(memcmp(again, whole[0], sizeof again) == 0);
  OK(sluice_session_close(session));
}

static void takes_all_inputs_and_outputs_by_index(sluice_engine *engine) {
  sluice_session *session = open_session(engine);
  for (int i = 0; i < frames; i++) {
    float output[OUTPUT];
    sluice_frame frame = {clip[i], sizeof clip[i]};
    sluice_result result = {output, sizeof output, 0};
    OK(sluice_session_step_all(session, &frame, 1, &result, 1));
    CHECK(result.is_due == 1 && memcmp(output, whole[i], sizeof output) == 0);
  }
  sluice_frame frame = {clip[0], sizeof clip[0]}, empty = {NULL, sizeof clip[0]};
  sluice_result unwanted = {NULL, 0, 0}, narrow = {clip[1], 4, 0};
  OK(sluice_session_step_all(session, &frame, 1, &unwanted, 1));
  CHECK(unwanted.is_due == 1);
  REFUSED(
      sluice_session_step_all(session, &frame, 2, &unwanted, 1), SLUICE_CODE_INVALID_ARGUMENT,
      "has 1 inputs; found 2");
  REFUSED(
      sluice_session_step_all(session, NULL, 1, &unwanted, 1), SLUICE_CODE_INVALID_ARGUMENT, "null");
  REFUSED(
      sluice_session_step_all(session, &frame, 1, NULL, 1), SLUICE_CODE_INVALID_ARGUMENT, "null");
  REFUSED(
      sluice_session_step_all(session, &empty, 1, &unwanted, 1), SLUICE_CODE_INVALID_ARGUMENT,
      "values of input 'frames'");
  REFUSED(
      sluice_session_step_all(session, &frame, 1, &narrow, 1), SLUICE_CODE_FRAME_REFUSED,
      "has 32 bytes; found room for 4");
  frame.byte_count--;
  REFUSED(
      sluice_session_step_all(session, &frame, 1, &unwanted, 1), SLUICE_CODE_FRAME_REFUSED,
      "has 4096 bytes; found 4095");
  OK(sluice_session_close(session));
}

static void goes_on_from_a_snapshot(sluice_engine *engine, sluice_engine *other) {
  sluice_session *session = open_session(engine);
  float output[OUTPUT];
  int half = frames / 2;
  for (int i = 0; i < half; i++)
    OK(sluice_session_step(session, clip[i], INPUT, output, OUTPUT, NULL));
  size_t size = 0;
  REFUSED(
      sluice_session_snapshot(session, NULL, 0, &size), SLUICE_CODE_TOO_SMALL, "the snapshot takes");
  CHECK(size > 256);
  unsigned char *bytes = malloc(size);
  REFUSED(sluice_session_snapshot(session, bytes, size - 1, &size), SLUICE_CODE_TOO_SMALL, "found");
  REFUSED(
      sluice_session_snapshot(session, NULL, size, &size), SLUICE_CODE_INVALID_ARGUMENT, "'bytes'");
  REFUSED(
      sluice_session_snapshot(session, bytes, size, NULL), SLUICE_CODE_INVALID_ARGUMENT,
      "'byte_count'");
  OK(sluice_session_snapshot(session, bytes, size, &size));
  OK(sluice_session_close(session));

  session = open_session(engine);
  int32_t same = 0;
  OK(sluice_session_restore(session, bytes, size, &same));
  CHECK(same == 1);
  for (int i = half; i < frames; i++) {
    OK(sluice_session_step(session, clip[i], INPUT, output, OUTPUT, NULL));
    CHECK(memcmp(output, whole[i], sizeof output) == 0);
  }
  REFUSED(
      sluice_session_restore(session, NULL, size, NULL), SLUICE_CODE_INVALID_ARGUMENT, "'bytes'");
  REFUSED(
      sluice_session_restore(session, bytes, SIZE_MAX, NULL), SLUICE_CODE_INVALID_ARGUMENT,
      "'byte_count'");
  REFUSED(sluice_session_restore(session, bytes, 0, NULL), SLUICE_CODE_SNAPSHOT_MALFORMED, "0 bytes");
  REFUSED(
      sluice_session_restore(session, bytes, size - 1, NULL), SLUICE_CODE_SNAPSHOT_MALFORMED,
      "checksum");
  sluice_session *stranger = open_session(other);
  REFUSED(
      sluice_session_restore(stranger, bytes, size, NULL), SLUICE_CODE_SNAPSHOT_MISMATCH,
      "this engine runs");
  OK(sluice_session_close(stranger));
  bytes[size / 2] ^= 1;
  REFUSED(
      sluice_session_restore(session, bytes, size, NULL), SLUICE_CODE_SNAPSHOT_MALFORMED, "checksum");
  free(bytes);
  OK(sluice_session_close(session));
}

static void refuses_what_it_cannot_load(const char *model, const char *broken) {
  sluice_engine *engine = NULL;
  sluice_options options = {.byte_count = sizeof options};
  const char *no_pair[] = {"rate", NULL}, *no_number[] = {"rate=fast", NULL};
  const char *no_state[] = {"h=h_out", NULL};
  REFUSED(sluice_engine_load(NULL, NULL, &engine), SLUICE_CODE_INVALID_ARGUMENT, "'path'");
  REFUSED(sluice_engine_load(model, NULL, NULL), SLUICE_CODE_INVALID_ARGUMENT, "'engine'");
  REFUSED(sluice_engine_load("no/file", NULL, &engine), SLUICE_CODE_FILE_FAILED, "no/file");
  REFUSED(sluice_engine_load(broken, NULL, &engine), SLUICE_CODE_MODEL_REFUSED, broken);
#define WITH(field, value, code, text)                        \
  memset(&options, 0, sizeof options);                        \
  options.byte_count = sizeof options;                        \
  options.field = (value);                                    \
  REFUSED(sluice_engine_load(model, &options, &engine), code, text)
  WITH(byte_count, 0, SLUICE_CODE_INVALID_ARGUMENT, "'options.byte_count' is 0");
  WITH(byte_count, SIZE_MAX, SLUICE_CODE_INVALID_ARGUMENT, "'options.byte_count'");
  WITH(backend, "gpu", SLUICE_CODE_BACKEND_UNAVAILABLE, "'gpu'");
  WITH(device, "no such device", SLUICE_CODE_BACKEND_UNAVAILABLE, "no such device");
  WITH(threads, -1, SLUICE_CODE_INVALID_ARGUMENT, "'threads' is -1");
  WITH(maximum_streams, INT32_MAX, SLUICE_CODE_INVALID_ARGUMENT, "'maximum_streams'");
  WITH(memory_limit, 1000, SLUICE_CODE_LIMIT, "1000");
  WITH(memory_limit, -1, SLUICE_CODE_INVALID_ARGUMENT, "'memory_limit'");
  WITH(maximum_delay_us, 60000001, SLUICE_CODE_INVALID_ARGUMENT, "'maximum_delay_us' is 60000001");
  WITH(bind, no_pair, SLUICE_CODE_INVALID_ARGUMENT, "'rate'");
  WITH(bind, no_number, SLUICE_CODE_INVALID_ARGUMENT, "'rate=fast'");
  WITH(states, no_state, SLUICE_CODE_MODEL_REFUSED, "'h'");
  CHECK(engine == NULL);
  /// An older caller's shorter structure: what it does not know is taken as 0.
  memset(&options, 0xFF, sizeof options);
  options.byte_count = offsetof(sluice_options, device);
  options.backend = "cpu";
  OK(sluice_engine_load(model, &options, &engine));
  OK(sluice_engine_free(engine));
}

/// One stream beside another that never steps: its frames go after the delay.
static void waits_no_longer_than_told(const char *model) {
  sluice_options options = {.byte_count = sizeof options, .maximum_delay_us = 2000};
  sluice_engine *engine = NULL;
  OK(sluice_engine_load(model, &options, &engine));
  sluice_session *session = open_session(engine), *silent = open_session(engine);
  float output[OUTPUT];
  OK(sluice_session_step(session, clip[0], INPUT, output, OUTPUT, NULL));
  CHECK(memcmp(output, whole[0], sizeof output) == 0);
  OK(sluice_session_close(silent));
  OK(sluice_session_close(session));
  OK(sluice_engine_free(engine));
}

static void refuses_wrong_frames(const char *model) {
  sluice_options options = {.byte_count = sizeof options};
  options.reject_nan = 1;
  options.maximum_streams = 1;
  sluice_engine *engine = NULL;
  OK(sluice_engine_load(model, &options, &engine));
  sluice_session *session = open_session(engine), *second = NULL;
  REFUSED(sluice_session_open(engine, &second), SLUICE_CODE_FULL, "");
  REFUSED(sluice_session_open(engine, NULL), SLUICE_CODE_INVALID_ARGUMENT, "'session'");
  float output[OUTPUT], bad[INPUT];
  memcpy(bad, clip[0], sizeof bad);
  bad[INPUT - 1] = NAN;
#define STEP(frame, in, out, to) sluice_session_step(session, frame, in, out, to, NULL)
  REFUSED(STEP(NULL, INPUT, output, OUTPUT), SLUICE_CODE_INVALID_ARGUMENT, "'frame'");
  REFUSED(STEP(bad, INPUT, NULL, OUTPUT), SLUICE_CODE_INVALID_ARGUMENT, "'output'");
  REFUSED(STEP(bad, SIZE_MAX, output, OUTPUT), SLUICE_CODE_INVALID_ARGUMENT, "'frame_count'");
  REFUSED(STEP(bad, INPUT - 1, output, OUTPUT), SLUICE_CODE_FRAME_REFUSED, "1023");
  REFUSED(STEP(bad, INPUT, output, OUTPUT + 1), SLUICE_CODE_FRAME_REFUSED, "9");
  REFUSED(STEP(bad, INPUT, output, OUTPUT), SLUICE_CODE_NOT_A_NUMBER, "NaN");
  // None of which moved the stream.
  OK(STEP(clip[0], INPUT, output, OUTPUT));
  CHECK(memcmp(output, whole[0], sizeof output) == 0);
  OK(sluice_session_close(session));
  OK(sluice_session_open(engine, &second));
  OK(sluice_session_close(second));
  OK(sluice_engine_free(engine));
}

static void knows_handles_that_are_gone(const char *model) {
  sluice_engine *engine = load(model, 2);
  sluice_session *session = open_session(engine), *closed = open_session(engine);
  sluice_session *invented = (sluice_session *)(uintptr_t)0x123456789;
  float output[OUTPUT];
  size_t size;
  sluice_port port;
  OK(sluice_session_close(closed));
  sluice_session *gone[] = {closed, invented, (sluice_session *)(uintptr_t)UINTPTR_MAX, NULL};
  for (size_t i = 0; i < 4; i++) {
    sluice_code code = gone[i] == NULL ? SLUICE_CODE_INVALID_ARGUMENT : SLUICE_CODE_CLOSED;
    REFUSED(sluice_session_step(gone[i], clip[0], INPUT, output, OUTPUT, NULL), code, "session");
    REFUSED(sluice_session_step_all(gone[i], NULL, 0, NULL, 0), code, "session");
    REFUSED(sluice_session_reset(gone[i]), code, "session");
    REFUSED(sluice_session_snapshot(gone[i], NULL, 0, &size), code, "session");
    REFUSED(sluice_session_restore(gone[i], "", 0, NULL), code, "session");
    REFUSED(sluice_session_close(gone[i]), code, "session");
  }
  // A place is used again, but not under the old handle.
  sluice_session *next = open_session(engine);
  CHECK(next != closed);
  REFUSED(sluice_session_reset(closed), SLUICE_CODE_CLOSED, "session");
  OK(sluice_session_close(next));
  // An engine's sessions outlive its handle.
  OK(sluice_engine_free(engine));
  OK(sluice_session_step(session, clip[0], INPUT, output, OUTPUT, NULL));
  CHECK(memcmp(output, whole[0], sizeof output) == 0);
  OK(sluice_session_close(session));
  sluice_engine *freed[] = {engine, NULL};
  for (size_t i = 0; i < 2; i++) {
    sluice_code code = freed[i] == NULL ? SLUICE_CODE_INVALID_ARGUMENT : SLUICE_CODE_CLOSED;
    int64_t count;
    REFUSED(sluice_session_open(freed[i], &session), code, "engine");
    REFUSED(sluice_engine_count_ports(freed[i], &size, &size), code, "engine");
    REFUSED(sluice_engine_describe_input(freed[i], 0, &port), code, "engine");
    REFUSED(sluice_engine_describe_output(freed[i], 0, &port), code, "engine");
    REFUSED(sluice_engine_frames_per_step(freed[i], &count), code, "engine");
    REFUSED(sluice_engine_free(freed[i]), code, "engine");
  }
}

/// What one thread saw go wrong.
static void *stream_alone(void *engine) {
  uintptr_t wrong = sluice_error_message()[0] != 0;
  sluice_session *session;
  if (sluice_session_open(engine, &session) != SLUICE_CODE_OK) return (void *)(uintptr_t)1;
  for (int round = 0; round < 20; round++) {
    wrong += sluice_session_reset(session) != SLUICE_CODE_OK;
    for (int i = 0; i < frames; i++) {
      float output[OUTPUT];
      wrong += sluice_session_step(session, clip[i], INPUT, output, OUTPUT, NULL) != SLUICE_CODE_OK;
      wrong += memcmp(output, whole[i], sizeof output) != 0;
    }
  }
  wrong += sluice_session_close(session) != SLUICE_CODE_OK;
  wrong += sluice_session_close(session) != SLUICE_CODE_CLOSED;
  return (void *)wrong;
}

static void steps_from_several_threads(const char *model) {
  sluice_engine *engine = load(model, THREADS);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, stream_alone, engine));
  for (int i = 0; i < THREADS; i++) {
    void *wrong = NULL;
    CHECK(!pthread_join(threads[i], &wrong) && wrong == NULL);
  }
  OK(sluice_engine_free(engine));
}

int main(int count, char **arguments) {
  if (count != 6) return fprintf(stderr, "usage: MODEL CLIP EXPECTED OTHER BROKEN\n"), 2;
  CHECK(strcmp(sluice_error_message(), "") == 0);
  frames = read_rows(arguments[2], clip[0], INPUT);
  CHECK(frames > 10 && frames == read_rows(arguments[3], expected[0], OUTPUT));
  sluice_engine *engine = load(arguments[1], 4), *other = load(arguments[4], 1);
  describes_its_ports(engine);
  streams_a_clip(engine);
  takes_all_inputs_and_outputs_by_index(engine);
  goes_on_from_a_snapshot(engine, other);
  OK(sluice_engine_free(engine));
  OK(sluice_engine_free(other));
  refuses_what_it_cannot_load(arguments[1], arguments[5]);
  waits_no_longer_than_told(arguments[1]);
  refuses_wrong_frames(arguments[1]);
  knows_handles_that_are_gone(arguments[1]);
  steps_from_several_threads(arguments[1]);
  printf("%d checks\n", checks);
  return failures == 0 ? 0 : 1;
}
