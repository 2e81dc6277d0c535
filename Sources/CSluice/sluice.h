// Sluice for programs in C, and in every language that can call C: libsluice.so (Scripts/library).
//
//     sluice_engine *engine;
//     sluice_session *session;
//     if (sluice_engine_load("net.onnx", NULL, &engine) != SLUICE_CODE_OK) puts(sluice_error_message());
//     sluice_session_open(engine, &session);
//     while (next_frame(frame)) sluice_session_step(session, frame, 1024, output, 8, NULL);
//
// An engine is a network made ready on one backend; a session is one stream through it, with its own
// state. Steps of sessions of one engine may be called from any number of threads at once: those that
// meet step together, in one pass over the weights. Calls on one session run one after another.
//
// Every function but sluice_error_message returns a code, and writes nothing through its pointers
// unless that is SLUICE_CODE_OK or its description says so. No call ends the program: null pointers,
// wrong sizes and handles that were closed, or never given out, are codes like any other. Pointers
// that are not null have to be valid for the sizes given beside them, and are not kept after a call.
#ifndef SLUICE_H
#define SLUICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a call came to. Codes are never renumbered; later versions may add some.
typedef enum sluice_code {
  SLUICE_CODE_OK = 0,
  /// A pointer is null that must not be, or a number or text is outside what is allowed.
  SLUICE_CODE_INVALID_ARGUMENT = 1,
  /// The engine was freed, the session closed, or the handle never given out.
  SLUICE_CODE_CLOSED = 2,
  /// The file, or the network in it, cannot be taken.
  SLUICE_CODE_MODEL_REFUSED = 3,
  /// A dimension or an input that decides shapes has to be bound first (`sluice_options.bind`).
  SLUICE_CODE_UNBOUND = 4,
  /// The network cannot run frame by frame.
  SLUICE_CODE_NOT_STREAMABLE = 5,
  /// The backend does not offer an operation, or the network has another form than the call is for.
  SLUICE_CODE_UNSUPPORTED = 6,
  /// A stated limit would be passed: memory, elements, streams.
  SLUICE_CODE_LIMIT = 7,
  /// The system refused to read a file.
  SLUICE_CODE_FILE_FAILED = 8,
  /// The backend or device asked for is not there.
  SLUICE_CODE_BACKEND_UNAVAILABLE = 9,
  /// The device failed while it worked, and the stream cannot go on without it.
  SLUICE_CODE_DEVICE_FAILED = 10,
  /// Every stream of the engine belongs to an open session (`sluice_options.maximum_streams`).
  SLUICE_CODE_FULL = 11,
  /// Frames come faster than the engine steps, and its queue is at its bound.
  SLUICE_CODE_OVERLOADED = 12,
  /// A frame's size or value does not fit.
  SLUICE_CODE_FRAME_REFUSED = 13,
  /// A frame holds NaN and the engine's sessions reject them.
  SLUICE_CODE_NOT_A_NUMBER = 14,
  /// The bytes are no snapshot, or damaged.
  SLUICE_CODE_SNAPSHOT_MALFORMED = 15,
  /// The snapshot is of another network or other bindings.
  SLUICE_CODE_SNAPSHOT_MISMATCH = 16,
  /// The caller's memory is smaller than the result; its size was written.
  SLUICE_CODE_TOO_SMALL = 17,
  /// The device failed, and the stream went back to its last checkpoint and goes on on the CPU: the
  /// message says from which frame. The frame given was not taken.
  SLUICE_CODE_REWOUND = 18
} sluice_code;

/// Opaque: a name for an engine, not an address.
typedef struct sluice_engine sluice_engine;
/// Opaque: a name for a session, not an address.
typedef struct sluice_session sluice_session;

/// How an engine is made. Fields left 0 or null mean what stands behind them; set `byte_count` with
/// `sluice_options options = {.byte_count = sizeof options};`
typedef struct sluice_options {
  /// Bytes of this structure as the caller knows it.
  size_t byte_count;
  /// "auto", "cpu", "reference", …; null: "auto".
  const char *backend;
  /// A device's number or a part of its name; null: the backend's first. "0,1" or "all": several, among
  /// which streams are shared out.
  const char *device;
  /// Threads for steps; 0: 1.
  int32_t threads;
  /// Sessions that may be open at once, each with memory laid out at the start; 0: 16.
  int32_t maximum_streams;
  /// Bytes for folded constants, scratch and the states of all streams; 0: 4 GiB.
  int64_t memory_limit;
  /// "NAME=NUMBER" for dimensions and inputs that decide shapes, ended by a null pointer; or null.
  const char *const *bind;
  /// "INPUT=OUTPUT" for states that are not found by themselves, ended by a null pointer; or null.
  const char *const *states;
  /// 0: NaN in a frame goes through the network; 1: the frame is refused.
  int32_t reject_nan;
  /// Microseconds that a frame may wait for frames of other sessions, stepped by other threads, so that
  /// they go together; at most 60 seconds; 0: no wait.
  int64_t maximum_delay_us;
  /// Frames after which a stream's states are copied to the host, to go on from there on the CPU if the
  /// device fails and lets its states be read no longer; 0: never.
  int64_t checkpoint_every;
} sluice_options;

typedef enum sluice_element {
  SLUICE_ELEMENT_FLOAT32 = 0,
  SLUICE_ELEMENT_FLOAT64 = 1,
  SLUICE_ELEMENT_INT8 = 2,
  SLUICE_ELEMENT_UINT8 = 3,
  SLUICE_ELEMENT_INT16 = 4,
  SLUICE_ELEMENT_UINT16 = 5,
  SLUICE_ELEMENT_INT32 = 6,
  SLUICE_ELEMENT_UINT32 = 7,
  SLUICE_ELEMENT_INT64 = 8,
  SLUICE_ELEMENT_UINT64 = 9,
  /// One byte, 0 or 1.
  SLUICE_ELEMENT_BOOL = 10
} sluice_element;

/// One input of a frame, or one output of a step; values lie in row-major order.
typedef struct sluice_port {
  /// The engine's memory, until it is freed; UTF-8.
  const char *name;
  sluice_element element;
  /// Axes, batch and time included, each of size 1 unless a frame holds more.
  int32_t rank;
  /// `rank` sizes, in the engine's memory.
  const int64_t *shape;
  /// Elements: the product of `shape`.
  int64_t count;
  int64_t byte_count;
  /// Steps of a fresh stream before the first that gives this output; 0 for inputs.
  int64_t first_step;
} sluice_port;

/// What the last failed call on this thread says: a sentence that names what was expected and what was
/// found. "" if none failed. Valid until the next failing call on this thread; UTF-8.
const char *sluice_error_message(void);

// Engines ---------------------------------------------------------------------------------------

/// Loads a model file (ONNX, safetensors, PyTorch) or a folder with model.json, rewrites it for
/// streaming and makes it ready.
///
/// `options` may be null. `*engine` is to be given to sluice_engine_free.
sluice_code sluice_engine_load(
    const char *path, const sluice_options *options, sluice_engine **engine);

/// Ends the engine. Its open sessions go on until they are closed; its memory goes with the last.
sluice_code sluice_engine_free(sluice_engine *engine);

/// How many inputs a frame has and how many outputs a step, states left out. Either pointer may be
/// null.
sluice_code sluice_engine_count_ports(
    sluice_engine *engine, size_t *input_count, size_t *output_count);

/// Describes one input of a frame, counted from 0.
sluice_code sluice_engine_describe_input(sluice_engine *engine, size_t index, sluice_port *port);

/// Describes one output of a step, counted from 0.
sluice_code sluice_engine_describe_output(sluice_engine *engine, size_t index, sluice_port *port);

/// `*frames`: frames that one step consumes, 1 for most networks.
sluice_code sluice_engine_frames_per_step(sluice_engine *engine, int64_t *frames);

// Sessions --------------------------------------------------------------------------------------

/// Opens a fresh stream: initial states, no frame consumed. `*session` is to be given to
/// sluice_session_close.
sluice_code sluice_session_open(sluice_engine *engine, sluice_session **session);

/// Ends the stream. The handle is gone: further calls with it return SLUICE_CODE_CLOSED.
sluice_code sluice_session_close(sluice_session *session);

/// Takes one frame of a network with one float32 input and one float32 output, and writes what the
/// step gives. A frame that is refused leaves the stream as it was.
///
/// `frame`: `frame_count` floats, the input's `count`. `output`: room for `output_count` floats, the
/// output's `count`; the two must not overlap. `*is_due` (may be null): 1, or 0 where this frame gives
/// no output (several frames a step, warm-up) and `output` is untouched.
sluice_code sluice_session_step(
    sluice_session *session, const float *frame, size_t frame_count, float *output,
    size_t output_count, int32_t *is_due);

/// The values of one input.
typedef struct sluice_frame {
  const void *values;
  /// The input's `byte_count`.
  size_t byte_count;
} sluice_frame;

/// Room for one output.
typedef struct sluice_result {
  /// Null: not wanted.
  void *values;
  /// The output's `byte_count`; ignored where `values` is null.
  size_t byte_count;
  /// Written by the step: 1, or 0 where the output was not due and `values` is untouched.
  int32_t is_due;
} sluice_result;

/// Likewise for any network: all inputs and all outputs in the engine's order.
sluice_code sluice_session_step_all(
    sluice_session *session, const sluice_frame *frame, size_t input_count, sluice_result *results,
    size_t output_count);

/// Back to the initial states, as if just opened.
sluice_code sluice_session_reset(sluice_session *session);

/// Writes everything the stream carries into `bytes`, to go on from here later, in any process; the
/// stream goes on too.
///
/// `*byte_count` is always written: what the snapshot takes. With `capacity` below that the call
/// returns SLUICE_CODE_TOO_SMALL; `bytes` may be null then.
sluice_code sluice_session_snapshot(
    sluice_session *session, void *bytes, size_t capacity, size_t *byte_count);

/// Puts the stream where a snapshot was taken; where it was before is forgotten.
///
/// `*is_bit_identical` (may be null): 1 if its outputs will be those of the uninterrupted stream bit
/// for bit, 0 if only within the precision's bound (another processor or backend made it).
sluice_code sluice_session_restore(
    sluice_session *session, const void *bytes, size_t byte_count, int32_t *is_bit_identical);

#ifdef __cplusplus
}
#endif

#endif
