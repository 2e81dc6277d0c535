import Sluice
import SluiceBackends
import SluiceFormats
import SluiceGraph
import SluiceTestSupport
import Testing

/// Property 1 on networks that PyTorch exported: half with frozen batch and time (dynamo), half with
/// both as dynamic axes (TorchScript). Fixtures and what PyTorch computes: make_torch_networks.py.
@Suite("Networks exported by PyTorch stream as they ran whole")
struct TorchNetworksTests {
  @Test("random networks, row by row", arguments: 0..<100, 0..<2)
  func network(number: Int, backend: Int) throws {
    let name = (number < 10 ? "0" : "") + "\(number)"
    let folder = PackageFolder.file("Tests/StreamInvarianceTests/Fixtures/torch")
    let graph = try ONNXFile.load(path: "\(folder)/\(name).onnx", options: NetworkOptions())
    var arrays: [String: Tensor] = [:]
    for entry in try NPZFile.read(path: "\(folder)/\(name).npz") {
      arrays[entry.name] = entry.tensor
    }
    let x = try #require(arrays["x"])
    var options = NetworkOptions()
    options.timeAxes = arrays["time_axis"].map { _ in ["x": 1] } ?? [:]
    let step = try graph.stepGraph(options: options, evaluator: ReferenceEvaluator())
    #expect(step.inputs.first?.timeAxis == 1)
    #expect(step.inputs.first?.batchAxis == 0)
    let whole = try step.outputs.map { try #require(arrays[$0.name]) }
    for row in 0..<x.shape[0] {
      let comparison = Comparison(
        step: step, x: x.entries(row..<(row + 1), axis: 0), backend: backend
      ) { _ in nil }
      let ownRow = whole.map { $0.entries(row..<(row + 1), axis: 0) }
      let difference = try comparison.difference(from: ownRow)
      #expect(difference == nil, "network \(name), row \(row)")
    }
  }
}
