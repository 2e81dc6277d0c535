import Glibc
import SluiceBackends
import SluiceFormats
import SluiceGraph

/// One parser under test. `SLUICE_FUZZ_TARGET` names it; Scripts/fuzz sets it.
enum FuzzTarget: String, CaseIterable {
  case onnx, safetensors, pytorch, npy, npz, model, analysis

  /// The one that the environment names; without a name nothing can be tested.
  static let current: FuzzTarget = {
    guard let name = environment("SLUICE_FUZZ_TARGET").flatMap(FuzzTarget.init) else {
      let known = allCases.map(\.rawValue).joined(separator: ", ")
      print("SLUICE_FUZZ_TARGET: expected one of \(known)")
      exit(2)
    }
    return name
  }()

  /// Parses `bytes`. A refusal is what most inputs deserve; a crash, a hang or an allocation beyond the
  /// limits is what libFuzzer looks for.
  func parse(_ bytes: [UInt8]) {
    do { try parseOrRefuse(bytes) } catch {}
  }

  private func parseOrRefuse(_ bytes: [UInt8]) throws {
    let file = FileContent(path: "input", bytes: bytes)
    switch self {
    case .onnx: _ = try ONNXFile.load(bytes: bytes, name: "input")
    case .safetensors: _ = try SafetensorsFile.read(file)
    case .pytorch: _ = try PyTorchFile.read(file)
    case .npz: _ = try NPZFile.read(file)
    case .npy: _ = try NPYFile.readArray(path: try written(bytes, as: "input.npy"))
    case .model: _ = try ModelFile.load(path: try written(bytes, as: "model.json"))
    case .analysis:
      let limit = 64 << 20
      _ = try ONNXFile.load(bytes: bytes, name: "input").analysed(
        evaluator: ReferenceEvaluator(memoryLimit: limit),
        options: NetworkOptions(memoryLimit: limit))
    }
  }

  /// Parsers that take a path get a file in the folder that Scripts/fuzz made.
  private func written(_ bytes: [UInt8], as name: String) throws -> String {
    let path = "\(environment("SLUICE_FUZZ_FOLDER") ?? ".")/\(name)"
    try AtomicFile.write(bytes, to: path)
    return path
  }
}

private func environment(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Called by libFuzzer for every input, https://llvm.org/docs/LibFuzzer.html.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.current.parse(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
