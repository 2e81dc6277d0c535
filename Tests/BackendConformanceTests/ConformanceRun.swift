import Sluice
import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport

/// Cases through the whole house on one backend: files, graphs, one program, plan, executable, one step.
struct ConformanceRun {
  let backend: any Backend
  let fusion: Fusion
  /// They share a program: a device takes its time to build one.
  let cases: [ConformanceCase]

  init(backend: any Backend, fusion: Fusion, cases: [ConformanceCase]) {
    (self.backend, self.fusion, self.cases) = (backend, fusion, cases)
  }

  /// What a network gives, beside what it has to give.
  struct Output {
    let testCase: ConformanceCase
    let name: String
    let found: Tensor
    let expected: Tensor
  }

  func outputs() throws -> [Output] {
    let bound = try cases.map(BoundCase.init)
    var graph = Graph(name: "cases")
    for one in bound { graph.join(one.graph, as: one.testCase.path) }
    let plan = try Plan(Program(graph: graph), fusion: fusion)
    let executable = try backend.prepare(plan, options: ExecutableOptions())
    for (index, tensor) in bound.flatMap(\.inputs).enumerated() {
      let buffer = plan.buffers[plan.inputs[index].buffer]
      guard tensor.shape == buffer.shape, tensor.elementType == buffer.elementType else {
        throw BoundCase.Failure.otherInput(
          plan.inputs[index].name, "\(tensor.elementType)\(tensor.shape)")
      }
      unsafe tensor.withUnsafeBytes {
        unsafe executable.write(input: index, slot: 0, from: $0)
      }
    }
    try executable.step([0])
    var next = 0
    return try bound.flatMap { one in
      try one.expected().map { expected in
        defer { next += 1 }
        return Output(
          testCase: one.testCase, name: plan.outputs[next].name,
          found: executable.output(next, slot: 0), expected: expected)
      }
    }
  }
}
