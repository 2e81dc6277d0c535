// E2. Kernels that do next to nothing.
//
// empty        y[0] = 1, by one item
// echo         y[i] = x[i] + 1
// block        y[i] = words of an argument block + 1; ARGUMENT_WORDS of them
// signal       as block, then `ticket` into y[ARGUMENT_WORDS] once the words are visible to the
// host
#ifndef ARGUMENT_WORDS
#define ARGUMENT_WORDS 128
#endif
typedef struct { float words[ARGUMENT_WORDS]; } Block;

__kernel void empty(__global float *y) { y[0] = 1; }

__kernel void echo(__global const float *x, __global float *y) {
  const int i = get_global_id(0);
  y[i] = x[i] + 1;
}

__kernel void block(const Block frame, __global float *y) {
  for (int i = get_local_id(0); i < ARGUMENT_WORDS; i += get_local_size(0)) {
    y[i] = frame.words[i] + 1;
  }
}

__kernel void signal(const Block frame, __global volatile float *y, const uint ticket) {
  for (int i = get_local_id(0); i < ARGUMENT_WORDS; i += get_local_size(0)) {
    y[i] = frame.words[i] + 1;
  }
  FENCE_SYSTEM();
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) == 0) ((__global volatile uint *)y)[ARGUMENT_WORDS] = ticket;
}
