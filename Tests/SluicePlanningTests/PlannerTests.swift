import SluiceGraph
import SluicePlanning
import Testing

/// Programs small enough to read, with what the planner has to make of them.
@Suite("Planner")
struct PlannerTests {
  @Test(
    "Reshapes, flattens, squeezes and identities are aliases of the first buffer under full fusion")
  func aliases() throws {
    var graph = Graph(name: "aliases")
    let x = graph.addInput("x", .float32, [2, 1, 3])
    let y = graph.addNode(
      .softmax(axis: 2), [x], name: "first", type: ValueType(.float32, [2, 1, 3]))
    let target = graph.addConstant(Tensor([Int64(6)]), name: "target")
    let flat = graph.addNode(
      .reshape(allowZero: false), [y, target], name: "flat", type: ValueType(.float32, [6]))
    let same = graph.addNode(.identity, [flat], name: "same", type: ValueType(.float32, [6]))
    let z = graph.addNode(
      .softmax(axis: 0), [same], name: "last", type: ValueType(.float32, [6]))
    graph.addOutput(z, name: "z")
    let plan = try Plan(Program(graph: graph), fusion: .full)
    #expect(plan.violations() == [])
    #expect(
      plan.listing == [
        "input x: %0 float32[2, 1, 3] input 0",
        "0 first softmax: %0 float32[2, 1, 3] input 0 -> %1 float32[2, 1, 3] scratch+0",
        "1 last softmax: %2 float32[6] = %1 -> %3 float32[6] scratch+64",
        "output z: %3 float32[6] scratch+64",
        "2 operations; constants 0 bytes; per stream: states 0 bytes, scratch 128 bytes",
      ])
    let unfused = try Plan(Program(graph: graph), fusion: .none)
    #expect(unfused.operations.map(\.name) == ["first", "flat", "same", "last"])
    #expect(unfused.constants.count == 1)
    #expect(unfused.violations() == [])
  }

  @Test("A transpose that moves only axes of size 1 is an alias, any other a copy")
  func transposes() throws {
    var graph = Graph(name: "transposes")
    let x = graph.addInput("x", .float32, [1, 4, 5])
    let moved = graph.addNode(
      .transpose(permutation: [1, 0, 2]), [x], name: "moved", type: ValueType(.float32, [4, 1, 5]))
    let turned = graph.addNode(
      .transpose(permutation: [2, 1, 0]), [moved], name: "turned",
      type: ValueType(.float32, [5, 1, 4]))
    graph.addOutput(turned)
    let plan = try Plan(Program(graph: graph), fusion: .full)
    #expect(plan.operations.map(\.name) == ["turned"])
    #expect(plan.operations[0].inputs == [0])
  }

  @Test("What nobody reads is absent: nodes, unused outputs, constants of aliases")
  func deadOperations() throws {
    var graph = Graph(name: "dead")
    let x = graph.addInput("x", .float32, [4])
    let k = graph.addConstant(Tensor([Int64(2)]), name: "k")
    let values = graph.addValue("values", ValueType(.float32, [2]))
    let indices = graph.addValue("indices", ValueType(.int64, [2]))
    graph.nodes.append(
      Node(
        name: "top", operator: .topK(axis: 0, largest: true, sorted: true), inputs: [x, k],
        outputs: [values, indices]))
    _ = graph.addNode(.unary(.exp), [values], name: "dead", type: ValueType(.float32, [2]))
    graph.addOutput(indices, name: "i")
    for fusion in Fusion.allCases {
      let plan = try Plan(Program(graph: graph), fusion: fusion)
      #expect(plan.operations.map(\.name) == ["top"])
      #expect(plan.operations[0].outputs.map { $0 == nil } == [true, false])
      #expect(plan.violations() == [])
    }
  }

  @Test("Outputs and state updates may be inputs, constants, states, aliases and each other")
  func passedThroughValues() throws {
    var graph = Graph(name: "through")
    let x = graph.addInput("x", .float32, [2])
    let a = graph.addValue("a", ValueType(.float32, [2]))
    let b = graph.addValue("b", ValueType(.float32, [2]))
    let c = graph.addValue("c", ValueType(.float32, [2]))
    let constant = graph.addConstant(Tensor([Float(1), 2]), name: "one_two")
    let copy = graph.addNode(.identity, [x], name: "copy", type: ValueType(.float32, [2]))
    for (value, name) in [(x, "x"), (constant, "k"), (a, "a"), (copy, "copy"), (copy, "again")] {
      graph.addOutput(value, name: name)
    }
    let initial = Tensor(zeros: .float32, shape: [2])
    let states = [
      StateVariable(name: "a", input: a, output: b, initial: initial),
      StateVariable(name: "b", input: b, output: a, initial: initial),
      StateVariable(name: "c", input: c, output: constant, initial: initial, firstStep: 3),
    ]
    let plan = try Plan(Program(graph: graph, states: states), fusion: .full)
    #expect(plan.operations.isEmpty)
    #expect(plan.violations() == [])
    #expect(
      plan.listing == [
        "input x: %0 float32[2] input 0",
        "state a: %1 float32[2] state 0 <- %2 float32[2] state 1",
        "state b: %2 float32[2] state 1 <- %1 float32[2] state 0",
        "state c: %3 float32[2] state 2 <- %4 float32[2] constant 0 from step 3",
        "output x: %0 float32[2] input 0",
        "output k: %4 float32[2] constant 0",
        "output a: %1 float32[2] state 0",
        "output copy: %5 float32[2] = %0",
        "output again: %5 float32[2] = %0",
        "0 operations; constants 8 bytes; per stream: states 24 bytes, scratch 0 bytes",
      ])
  }

  @Test("Programs that break their contract are refused with the value or node")
  func refusals() {
    var symbolic = Graph(name: "symbolic")
    _ = symbolic.addInput("x", .float32, [.symbol("time"), 3])
    #expect(message(symbolic) == "value 'x' has [time, 3], expected numbers in every axis")

    var dangling = Graph(name: "dangling")
    let lost = dangling.addValue("lost", ValueType(.float32, [1]))
    let y = dangling.addNode(.unary(.relu), [lost], name: "r", type: ValueType(.float32, [1]))
    dangling.addOutput(y)
    #expect(message(dangling) == "node 'r' reads value 'lost', which nothing before it produces")

    var huge = Graph(name: "huge")
    _ = huge.addInput("x", .float32, [.size(1 << 40), .size(1 << 40)])
    let text = "value 'x' of [1099511627776, 1099511627776] is beyond any memory"
    #expect(message(huge) == text)
  }

  private func message(_ graph: Graph) -> String? {
    do {
      _ = try Plan(Program(graph: graph), fusion: .full)
      return nil
    } catch {
      return error.message
    }
  }
}
