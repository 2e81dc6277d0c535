import Glibc
import Sluice
import SluiceCPU

/// What engine and session cost on top of the executable, for one stream of a tiny GRU:
///
///     swift run -c release sluice-overhead
///
/// The same step (frame in, step, output out) is timed at the executable, through `session.step`, and
/// through `await session.step`, in turns of 500 steps so that all three meet the same weather. Printed
/// is the median turn of each, per step, and what the sessions' have over the executable's.
@main struct Overhead {
  static let inputSize = 8
  static let hiddenSize = 8
  static let turnCount = 400
  static let stepsInTurn = 500

  static func main() async throws {
    let options = NetworkOptions(states: ["h": "h_out"])
    let model = Model(graph: Graph(gruOf: inputSize, hiddenSize), options: options)
    let bare = try CPUBackend().prepare(model.stepPlan(fusion: .full), options: ExecutableOptions())
    let engine = try Engine(model, EngineOptions(backend: .cpu, maximumStreams: 1))
    let session = try engine.openSession()
    var (executable, blocking, awaiting): ([Double], [Double], [Double]) = ([], [], [])
    for turn in 0..<(turnCount + 10) {
      let times = try (time(bare), time(session), await timeAwaiting(session))
      guard turn >= 10 else { continue }
      executable.append(times.0)
      blocking.append(times.1)
      awaiting.append(times.2)
    }
    let base = median(executable)
    print("one GRU step, I=\(inputSize), H=\(hiddenSize), one stream, \(engine.numericsTag)")
    print("executable          \(rounded(base)) ns")
    for (name, times) in [("session.step      ", blocking), ("await session.step", awaiting)] {
      let own = median(times)
      print("\(name)  \(rounded(own)) ns, \(rounded(own - base)) ns more")
    }
  }

  private static func time(_ executable: any Executable) throws -> Double {
    let frame = [Float](repeating: 0.5, count: inputSize)
    var output = [Float](repeating: 0, count: hiddenSize)
    let slots = [0]
    let start = nanoseconds()
    for _ in 0..<stepsInTurn {
      unsafe frame.withUnsafeBytes { unsafe executable.write(input: 0, slot: 0, from: $0) }
      try executable.step(slots)
      unsafe output.withUnsafeMutableBytes { unsafe executable.read(output: 0, slot: 0, into: $0) }
    }
    return Double(nanoseconds() - start) / Double(stepsInTurn)
  }

  private static func time(_ session: Session) throws -> Double {
    let frame = [Float](repeating: 0.5, count: inputSize)
    var output = [Float](repeating: 0, count: hiddenSize)
    var room = output.mutableSpan
    let start = nanoseconds()
    for _ in 0..<stepsInTurn { try session.step(frame.span, into: &room) }
    return Double(nanoseconds() - start) / Double(stepsInTurn)
  }

  private static func timeAwaiting(_ session: Session) async throws -> Double {
    let frame = [Float](repeating: 0.5, count: inputSize)
    var output = [Float](repeating: 0, count: hiddenSize)
    let start = nanoseconds()
    for _ in 0..<stepsInTurn { try await session.step(frame, into: &output) }
    return Double(nanoseconds() - start) / Double(stepsInTurn)
  }

  private static func nanoseconds() -> Int {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
    return moment.tv_sec * 1_000_000_000 + moment.tv_nsec
  }

  private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  private static func rounded(_ time: Double) -> Int { Int(time.rounded()) }
}

extension Graph {
  /// One step of a GRU: `x [1, 1, I]`, `h [1, 1, H]` to `y` and `h_out`, both `[1, 1, H]`.
  init(gruOf inputSize: Int, _ hiddenSize: Int) {
    self.init(name: "gru")
    func weights(_ shape: [Int]) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor((0..<count).map { Float($0 % 7 - 3) / 16 }, shape: shape)
    }
    let x = addInput("x", .float32, Shape([1, 1, inputSize]))
    let h = addInput("h", .float32, Shape([1, 1, hiddenSize]))
    let inputs: [ValueID?] = [
      x, addConstant(weights([1, 3 * hiddenSize, inputSize]), name: "W"),
      addConstant(weights([1, 3 * hiddenSize, hiddenSize]), name: "U"),
      addConstant(weights([1, 6 * hiddenSize]), name: "b"), nil, h,
    ]
    let last = addValue("last", ValueType(.float32, nil))
    let gru = GRU(Recurrence(hiddenSize: hiddenSize), resetAfter: true)
    nodes.append(Node(name: "gru", operator: .gru(gru), inputs: inputs, outputs: [nil, last]))
    addOutput(last, name: "h_out")
    addOutput(last, name: "y")
  }
}
