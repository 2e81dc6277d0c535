import FoundationEssentials
import ONNXProtocol
import SluiceFormats
import SluiceGraph

/// Writes small ONNX models.
struct ModelBuilder {
  var model = ONNXModelProto()

  init(opset: Int64 = 13) {
    model.irVersion = 8
    model.opsetImport = [ONNXOperatorSetIdProto.with { $0.version = opset }]
    model.graph.name = "g"
  }

  func bytes() throws -> [UInt8] { try model.serializedBytes() }

  /// The graph, under the file name `x.onnx`.
  func load(options: NetworkOptions = NetworkOptions()) throws -> Graph {
    try ONNXFile.load(bytes: bytes(), name: "x.onnx", options: options)
  }

  /// What the file is refused with; nil if it is read.
  func refusal() throws -> FormatError? {
    let bytes = try bytes()
    return HostileFiles.outcome("x.onnx") { _ = try ONNXFile.load(bytes: bytes, name: "x.onnx") }
  }
}

/// A model with inputs `x` and `h` of shape [2, 3], the given nodes, and the output `y`.
func model(
  opset: Int64 = 13, _ nodes: ONNXNodeProto..., edit: (inout ONNXModelProto) -> Void = { _ in }
) -> ModelBuilder {
  var builder = ModelBuilder(opset: opset)
  builder.model.graph.input = [value("x", [2, 3]), value("h", [2, 3])]
  builder.model.graph.node = nodes
  builder.model.graph.output = [value("y", nil)]
  edit(&builder.model)
  return builder
}

func value(_ name: String, _ sizes: [Int64]?, type: Int32 = 1) -> ONNXValueInfoProto {
  .with {
    $0.name = name
    $0.type.tensorType.elemType = type
    guard let sizes else { return }
    $0.type.tensorType.shape.dim = sizes.map { size in .with { $0.dimValue = size } }
  }
}

func node(
  _ kind: String, _ inputs: [String], _ outputs: [String], name: String? = nil,
  domain: String = "", _ attributes: ONNXAttributeProto...
) -> ONNXNodeProto {
  .with {
    $0.opType = kind
    $0.input = inputs
    $0.output = outputs
    $0.name = name ?? kind.lowercased()
    $0.domain = domain
    $0.attribute = attributes
  }
}

func attribute(_ name: String, _ value: Int64) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.i) = (name, .int, value) }
}

func attribute(_ name: String, _ values: [Int64]) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.ints) = (name, .ints, values) }
}

func attribute(_ name: String, number value: Float) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.f) = (name, .float, value) }
}

func attribute(_ name: String, text: String) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.s) = (name, .string, text.data) }
}

func attribute(_ name: String, texts: [String]) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.strings) = (name, .strings, texts.map(\.data)) }
}

func attribute(_ name: String, _ graph: ONNXGraphProto) -> ONNXAttributeProto {
  .with { ($0.name, $0.type, $0.g) = (name, .graph, graph) }
}

/// A float tensor with its values in `float_data`.
func floats(_ name: String, _ shape: [Int64], _ values: [Float]) -> ONNXTensorProto {
  .with { ($0.name, $0.dataType, $0.dims, $0.floatData) = (name, 1, shape, values) }
}

/// A graph without inputs.
func branch(_ nodes: ONNXNodeProto..., output: String) -> ONNXGraphProto {
  .with {
    $0.name = "branch"
    $0.node = nodes
    $0.output = [value(output, nil)]
  }
}

extension String {
  fileprivate var data: Data { Data(utf8) }
}
