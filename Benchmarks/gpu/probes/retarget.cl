// E1. A product of ones by wgmma.m64n8k16 (128 items): every y is 16, whatever the layout of the
// tiles. The compiler sees a comment: its PTX is for sm_90, which has no wgmma. The host takes
// the comment marks away, writes sm_90a as the target and loads the result; as built, every y is
// 0. y: [128][4] floats.
__kernel __attribute__((reqd_work_group_size(128, 1, 1))) void test(__global float *y) {
  __local uint tile[1024] __attribute__((aligned(128)));
  const int item = get_local_id(0);
  for (int i = item; i < 1024; i += 128) tile[i] = 0x3c003c00u;
  barrier(CLK_LOCAL_MEM_FENCE);
  // No swizzle: address / 16, then leading and stride offsets of 128 and 256 bytes / 16.
  const ulong where = ((ulong)(size_t)tile & 0x3ffff) >> 4;
  const ulong tile_a = where | (ulong)8 << 16 | (ulong)16 << 32;
  float d0 = 0, d1 = 0, d2 = 0, d3 = 0;
  asm volatile(
      "\n//WGMMA fence.proxy.async;"
      "\n//WGMMA wgmma.fence.sync.aligned;"
      "\n//WGMMA wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 "
      "{%0,%1,%2,%3}, %4, %4, 1, 1, 1, 0, 0;"
      "\n//WGMMA wgmma.commit_group.sync.aligned;"
      "\n//WGMMA wgmma.wait_group.sync.aligned 0;\n"
      : "+f"(d0), "+f"(d1), "+f"(d2), "+f"(d3) : "l"(tile_a) : "memory");
  vstore4((float4)(d0, d1, d2, d3), item, y);
}
