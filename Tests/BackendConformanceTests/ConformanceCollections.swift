import FoundationEssentials
import SluiceTestSupport

/// Where the cases come from.
enum ConformanceCollections {
  /// A case that is not run, and the sentence that excludes it.
  struct Exception: Decodable {
    let path: String
    let reason: String
  }

  private static let fixtures = PackageFolder.file("Tests/BackendConformanceTests/Fixtures")

  /// Cases made by `Fixtures/make_cases.py`.
  static func shipped() throws -> [ConformanceCase] {
    try ConformanceCase.all(in: fixtures + "/cases")
  }

  /// Every case of the shared folder; none where it is absent.
  static func shared() throws -> [ConformanceCase] {
    guard let folder = SharedFolder.file("conformance") else { return [] }
    return try ConformanceCase.all(in: folder)
  }

  static func exceptions() throws -> [Exception] {
    let data = try Data(contentsOf: URL(filePath: fixtures + "/exceptions.json"))
    return try JSONDecoder().decode([Exception].self, from: data)
  }

  /// Every case of the shared folder but the excluded ones.
  static func sharedToRun() throws -> [ConformanceCase] {
    let excluded = Set(try exceptions().map(\.path))
    return try shared().filter { !excluded.contains($0.path) }
  }

  /// The ONNX operators that are promised.
  static let listedOperators = """
    Abs Add And ArgMax Atan AveragePool BatchNormalization Cast Ceil Celu Clip Concat Constant
    ConstantOfShape Conv ConvTranspose Cos CumSum DequantizeLinear Div Dropout Elu Equal Erf Exp
    Expand Flatten Floor GRU Gather GatherElements Gelu Gemm GlobalAveragePool GlobalMaxPool
    Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Identity If
    InstanceNormalization LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul
    Max MaxPool Mean Min Mish Mul Neg Not Or PRelu Pad Pow QuantizeLinear RNN Range Reciprocal
    ReduceL2 ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Resize Round ScatterND Selu
    Shape Sigmoid Sign Sin Size Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh
    ThresholdedRelu Tile TopK Transpose Unsqueeze Where
    """.split(whereSeparator: \.isWhitespace).map(String.init)
}
