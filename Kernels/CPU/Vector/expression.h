// A chain of element-wise operators over float32 in one pass over its operands:
//
//     value i        = input i                                  i < inputs
//     value inputs+s = step_s(value a_s, value b_s)             s < steps
//     output j       = value results_j
//
// for each index of `sizes`, operands by strides. The steps run over strips of the flattened index
// space that fit a small arena, so that what a step leaves is still in the first-level cache for the
// next. An operand that lies as the strip does is read in place; what is the same along the strip is
// one vector; all else is gathered. Rows shorter than half a strip share one.
//
// EXPRESSION_ARENA: floats of the arena, 2/3 of a first-level cache of 48 KB.
// EXPRESSION_STRIP: most elements of a strip, so that operands read in place stay in it as well.
// Order: products and sums are never fused; every element is computed alone.
#ifndef SLUICE_EXPRESSION_H
#define SLUICE_EXPRESSION_H

#include "elementwise.h"
#include "operand.h"

enum {
  EXPRESSION_ARENA = 8192,
  EXPRESSION_STRIP = 2048,
  EXPRESSION_VALUES = SLUICE_EXPRESSION_INPUTS + SLUICE_EXPRESSION_STEPS
};

typedef struct {
  const sluice_expression_parameters *p;
  v_operand inputs[SLUICE_EXPRESSION_INPUTS], outputs[SLUICE_EXPRESSION_OUTPUTS];
  v_value values[EXPRESSION_VALUES];
  /// The arena's part of each value.
  float *buffers[EXPRESSION_VALUES];
  /// Steps whose value is the same everywhere.
  uint32_t once;
  /// The output that the last step writes in place, or −1.
  int32_t direct;
  int64_t strip;
  /// A strip holds several rows.
  int32_t shared;
} v_expression_run;

/// Whether value v may need a strip of the arena; the others need one vector or nothing.
static int v_needs_strip(const v_expression_run *run, int64_t v) {
  const sluice_expression_parameters *p = run->p;
  if (v < p->inputs) return run->inputs[v].lie != LIES_DENSE && run->inputs[v].lie != LIES_ONCE;
  if (run->once >> (v - p->inputs) & 1) return 0;
  const int is_last = v == p->inputs + p->steps - 1;
  return !(is_last && run->direct >= 0 && run->outputs[run->direct].lie == LIES_DENSE);
}

/// Divides the arena: 16 floats for every value, or a strip.
static void v_lay_out_arena(v_expression_run *run, float *arena) {
  const sluice_expression_parameters *p = run->p;
  const int64_t values = p->inputs + p->steps;
  int64_t strips = 0;
  for (int64_t v = 0; v < values; v++) strips += v_needs_strip(run, v);
  run->strip = INT64_MAX;
  if (strips > 0) {
    const int64_t most = (EXPRESSION_ARENA - 16 * values) / strips / 16 * 16;
    run->strip = most < EXPRESSION_STRIP ? most : EXPRESSION_STRIP;
  }
  run->shared = p->rank > 1 && p->sizes[p->rank - 1] <= run->strip / 2;
  for (int64_t v = 0; v < values; v++) {
    run->buffers[v] = arena;
    arena += v_needs_strip(run, v) ? run->strip : 16;
  }
}

/// Constants, inputs of one element, and the steps that need nothing else.
static void v_find_once(v_expression_run *run) {
  const sluice_expression_parameters *p = run->p;
  uint64_t once = 0;
  for (int32_t i = 0; i < p->inputs; i++) {
    if (run->inputs[i].lie == LIES_ONCE) once |= (uint64_t)1 << i;
  }
  for (int32_t s = 0; s < p->steps; s++) {
    const sluice_expression_step *step = &p->step[s];
    const int both = (once >> step->a & 1) && (!v_takes_two(step->code) || (once >> step->b & 1));
    if (step->code == SLUICE_STEP_CONSTANT || both) {
      once |= (uint64_t)1 << (p->inputs + s);
      run->once |= (uint32_t)1 << s;
    }
  }
}

V_INLINE void v_run_step(v_expression_run *run, int32_t s, float *to, int64_t count) {
  const sluice_expression_step *step = &run->p->step[s];
  v_apply(step, run->values[step->a], run->values[step->b], to, count);
}

static void v_run_once(v_expression_run *run) {
  const sluice_expression_parameters *p = run->p;
  for (int32_t i = 0; i < p->inputs; i++) {
    if (run->inputs[i].lie != LIES_ONCE) continue;
    v_fill_floats(run->buffers[i], run->inputs[i].base[0], 16);
    run->values[i] = (v_value){run->buffers[i], 0};
  }
  for (int32_t s = 0; s < p->steps; s++) {
    if (!(run->once >> s & 1)) continue;
    v_run_step(run, s, run->buffers[p->inputs + s], 16);
    run->values[p->inputs + s] = (v_value){run->buffers[p->inputs + s], 0};
  }
}

/// Binds the inputs to the strip of `count` elements that begins at `start`, in row order: all of
/// `rows` rows, or part of one row from `column` on.
static void v_bind(
    v_expression_run *run, int64_t start, int64_t rows, int64_t column, int64_t count) {
  const sluice_expression_parameters *p = run->p;
  for (int32_t i = 0; i < p->inputs; i++) {
    v_operand *input = &run->inputs[i];
    if (input->lie == LIES_ONCE) continue;
    if (input->lie == LIES_DENSE) {
      run->values[i] = (v_value){input->base + start, -1};
      continue;
    }
    const int64_t step = input->strides[p->rank - 1];
    const float *row = input->base + input->walk.offset + column * step;
    float *buffer = run->buffers[i];
    if (run->shared) {
      v_gather_rows(p->sizes, p->rank, input->strides, &input->walk, input->base, rows, buffer);
      run->values[i] = (v_value){buffer, -1};
    } else if (input->lie == LIES_IN_ROWS) {
      run->values[i] = (v_value){row, -1};
    } else if (input->lie == LIES_REPEATED) {
      v_fill_floats(buffer, row[0], 16);
      run->values[i] = (v_value){buffer, 0};
    } else {
      for (int64_t k = 0; k < count; k++) buffer[k] = row[k * step];
      run->values[i] = (v_value){buffer, -1};
    }
  }
}

/// Where output j of the strip lies in one piece, else null.
V_INLINE float *v_in_place(
    const v_expression_run *run, int32_t j, int64_t start, int64_t column) {
  const v_operand *output = &run->outputs[j];
  if (output->lie == LIES_DENSE) return output->base + start;
  const int in_row = !run->shared && run->p->sizes[run->p->rank - 1] > 0 &&
                     output->strides[run->p->rank - 1] == 1;
  return in_row ? output->base + output->walk.offset + column : NULL;
}

static void v_write(
    v_expression_run *run, int32_t j, int64_t start, int64_t rows, int64_t column, int64_t count) {
  const sluice_expression_parameters *p = run->p;
  v_operand *output = &run->outputs[j];
  const v_value value = run->values[p->results[j]];
  float *place = v_in_place(run, j, start, column);
  if (place) {
    if (place != value.p) v_copy_value(place, value, count);
  } else if (run->shared) {
    v_scatter_rows(p->sizes, p->rank, output->strides, &output->walk, output->base, rows, value);
  } else {
    const int64_t step = output->strides[p->rank - 1];
    float *row = output->base + output->walk.offset + column * step;
    for (int64_t k = 0; k < count; k++) row[k * step] = value.p[k & value.mask];
  }
}

static void v_run_strip(
    v_expression_run *run, int64_t start, int64_t rows, int64_t column, int64_t count) {
  const sluice_expression_parameters *p = run->p;
  v_bind(run, start, rows, column, count);
  for (int32_t s = 0; s < p->steps; s++) {
    if (run->once >> s & 1) continue;
    const sluice_expression_step *step = &p->step[s];
    float *place =
        s == p->steps - 1 && run->direct >= 0 ? v_in_place(run, run->direct, start, column) : NULL;
    int64_t mask = run->values[step->a].mask;
    if (v_takes_two(step->code)) mask |= run->values[step->b].mask;
    if (place) mask = -1;
    float *to = place ? place : run->buffers[p->inputs + s];
    v_run_step(run, s, to, mask ? count : 16);
    run->values[p->inputs + s] = (v_value){to, mask};
  }
  for (int32_t j = 0; j < p->outputs; j++) v_write(run, j, start, rows, column, count);
}

V_INLINE void v_next_operand_row(const sluice_expression_parameters *p, v_operand *operand) {
  if (operand->lie == LIES_DENSE || operand->lie == LIES_ONCE) return;
  v_advance(&operand->walk, p->sizes, p->rank - 1, operand->strides);
}

static void v_run_rows(v_expression_run *run, int64_t rows, int64_t inner) {
  const sluice_expression_parameters *p = run->p;
  const int64_t together = run->shared ? run->strip / inner : 1;
  for (int64_t row = 0; row < rows; row += together) {
    const int64_t some = rows - row < together ? rows - row : together;
    if (run->shared) {
      v_run_strip(run, row * inner, some, 0, some * inner);
      continue;
    }
    for (int64_t column = 0; column < inner; column += run->strip) {
      const int64_t count = inner - column < run->strip ? inner - column : run->strip;
      v_run_strip(run, row * inner + column, 1, column, count);
    }
    for (int32_t i = 0; i < p->inputs; i++) v_next_operand_row(p, &run->inputs[i]);
    for (int32_t j = 0; j < p->outputs; j++) v_next_operand_row(p, &run->outputs[j]);
  }
}

static int32_t v_expression(const void *parameters, void *const *operands) {
  const sluice_expression_parameters *p = parameters;
  const int64_t outer = p->rank - 1, rows = sluice_product(p->sizes, outer);
  float arena[EXPRESSION_ARENA];
  v_expression_run run;
  run.p = p;
  run.once = 0;
  run.direct = -1;
  if (rows == 0 || p->sizes[outer] == 0) return SLUICE_OK;
  int flat = 1;
  for (int32_t i = 0; i < p->inputs; i++) {
    flat &= v_take_operand(p, &run.inputs[i], operands[i], p->input_strides[i]);
  }
  for (int32_t j = 0; j < p->outputs; j++) {
    v_operand *output = &run.outputs[j];
    flat &= v_take_operand(p, output, operands[p->inputs + j], p->output_strides[j]);
    if (output->lie == LIES_ONCE) output->lie = LIES_DENSE;
    if (p->steps > 0 && p->results[j] == p->inputs + p->steps - 1) run.direct = j;
  }
  v_find_once(&run);
  v_lay_out_arena(&run, arena);
  v_run_once(&run);
  if (flat) {
    const int64_t count = rows * p->sizes[outer];
    for (int64_t at = 0; at < count; at += run.strip) {
      v_run_strip(&run, at, 0, 0, count - at < run.strip ? count - at : run.strip);
    }
  } else {
    v_run_rows(&run, rows, p->sizes[outer]);
  }
  return SLUICE_OK;
}

#endif
