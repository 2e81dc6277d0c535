import SluiceGraph

/// `TensorProto.DataType`: the numbers under which ONNX files name element types.
struct ONNXElementType: Hashable {
  let number: Int

  init(_ number: Int) { self.number = number }

  /// How an element is stored; nil for types that are not offered.
  var stored: StoredType? {
    switch number {
    case 1: .element(.float32)
    case 2: .element(.uint8)
    case 3: .element(.int8)
    case 4: .element(.uint16)
    case 5: .element(.int16)
    case 6: .element(.int32)
    case 7: .element(.int64)
    case 9: .element(.bool)
    case 10: .float16
    case 11: .element(.float64)
    case 12: .element(.uint32)
    case 13: .element(.uint64)
    case 16: .bfloat16
    default: nil
    }
  }

  /// Whether values of the type are computed as `float32` instead.
  var isWidened: Bool { number == 10 || number == 16 }

  /// The name in the specification.
  var name: String {
    Self.names.indices.contains(number) ? Self.names[number] : "type \(number)"
  }

  private static let names = [
    "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL",
    "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
    "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4",
    "FLOAT4E2M1", "FLOAT8E8M0", "UINT2", "INT2",
  ]

  /// What an error says of a type that is not offered.
  var refusal: String {
    "element type \(name) is not supported: FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL and integers of "
      + "8 to 64 bits are"
  }
}
