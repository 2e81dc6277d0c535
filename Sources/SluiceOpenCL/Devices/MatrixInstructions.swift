import COpenCL
import SluiceBackends

/// An element type of NVIDIA's matrix instructions, `mma.sync` of PTX (Parallel Thread Execution
/// ISA, section "Warp-level matrix instructions").
public enum MatrixElement: String, Sendable, Hashable, CaseIterable, Codable {
  case fp16, bf16, int8

  /// A program that compiles only where the instruction is there: one warp, one tile.
  var probe: String {
    """
    kernel void probe(global const uint *in, global uint *out) {
      const uint lane = get_local_id(0);
      const uint a0 = in[lane], a1 = in[lane + 32], a2 = in[lane + 64], a3 = in[lane + 96];
      const uint b0 = in[lane + 128], b1 = in[lane + 160];
      \(sum) s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      asm volatile("mma.sync.aligned.\(shape) "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+\(register)"(s0), "+\(register)"(s1), "+\(register)"(s2), "+\(register)"(s3)
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
      out[lane] = as_uint(s0) ^ as_uint(s1) ^ as_uint(s2) ^ as_uint(s3);
    }
    """
  }

  private var shape: String {
    switch self {
    case .fp16: "m16n8k16.row.col.f32.f16.f16.f32"
    case .bf16: "m16n8k16.row.col.f32.bf16.bf16.f32"
    case .int8: "m16n8k32.row.col.s32.s8.s8.s32"
    }
  }

  private var sum: String { self == .int8 ? "int" : "float" }
  private var register: String { self == .int8 ? "r" : "f" }
}

extension OpenCLContext {
  /// The element types for which the driver compiles matrix instructions; empty on any driver but
  /// NVIDIA's, which is the one that takes inline PTX.
  ///
  /// - Throws: `deviceFailed` if the driver fails in another way than by refusing a program.
  public func matrixElements() throws(BackendError) -> [MatrixElement] {
    guard device.isNVIDIA else { return [] }
    var elements: [MatrixElement] = []
    for element in MatrixElement.allCases {
      do {
        _ = try makeProgram(source: element.probe, name: "matrix instructions, \(element.rawValue)")
        elements.append(element)
      } catch  where error.meansRefusedProgram {
        continue
      }
    }
    return elements
  }
}
