// What every experiment's source begins with. The host defines PTX (inline PTX runs here) and CPU
// (work-items of a group run one after another).
//
// CYCLES()      this unit's clock, 0 where there is none
// UNIT_INDEX()  the compute unit that runs this group, 0 where it cannot be asked
// POLL(p)       a load that sees what other groups have stored
// UNROLL        before a loop whose items must lie in registers; nothing on a CPU
// MMA_STEP(d, a0, a1, a2, a3, b0, b1)   d[4] += A B of m16n8k16, halves, sums in float (PTX only)
#pragma OPENCL FP_CONTRACT OFF

#if CPU
#define UNROLL
#else
#define UNROLL _Pragma("unroll")
#endif

#if PTX
static inline ulong CYCLES(void) {
  ulong cycles;
  asm volatile("mov.u64 %0, %%clock64;" : "=l"(cycles) : : "memory");
  return cycles;
}
static inline uint UNIT_INDEX(void) {
  uint index;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(index));
  return index;
}
#define MMA_STEP(d, a0, a1, a2, a3, b0, b1)                                                        \
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "                                \
               "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"                             \
               : "+f"((d)[0]), "+f"((d)[1]), "+f"((d)[2]), "+f"((d)[3])                            \
               : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1))
#define PIN(x) asm volatile("" : "+r"(x))
#define FENCE() asm volatile("membar.gl;" : : : "memory")
#define FENCE_SYSTEM() asm volatile("membar.sys;" : : : "memory")
#else
#define CYCLES() ((ulong)0)
#define UNIT_INDEX() (0u)
#define PIN(x)
#define FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#define FENCE_SYSTEM() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif

#if PTX && POLL_RELAXED
static inline uint POLL(__global volatile uint *p) {
  uint value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(p) : "memory");
  return value;
}
#else
#define POLL(p) (*(__global volatile uint *)(p))
#endif
