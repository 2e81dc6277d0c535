import ArgumentParser
import Sluice

/// `sluice bench`: how long a step takes.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures how long steps take, after holding their outputs against the reference.",
    discussion: """
      A step, or with --sequence a whole sequence, is timed from frames in memory to outputs in memory, \
      for all streams together. A network \
      that gives other outputs than the reference is not timed: exit code 1. \
      Example: sluice bench gtcrn_simple.onnx --gru 256,256 --streams 1,16
      """)

  @Argument(
    help: "Model files (ONNX, safetensors, PyTorch), or folders with model.json.",
    completion: .file())
  var models: [String] = []

  @Option(
    help: ArgumentHelp(
      "A GRU with seeded weights: input size, units, and layers if more than one, each from 1 to 65536.",
      valueName: "i,h[,layers]"))
  var gru: [GRUShape] = []

  @Option(
    help: ArgumentHelp(
      "Time whole sequences of so many frames, each in one call from the initial states, in place of "
        + "single steps.", valueName: "frames"))
  var sequence: Int?

  @Option(
    help: ArgumentHelp(
      "Streams that step together, one case each, from 1 to 65536.", valueName: "n,…"))
  var streams = CountList(values: [1])

  @Option(
    help: ArgumentHelp(
      "Backends, one case each: auto, cpu, opencl, reference.", valueName: "name,…"))
  var backend = NameList<BackendChoice>(values: [.auto])

  @Option(
    help: ArgumentHelp("One device of the backend: its number or a part of its name."))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "Precisions, one case each: fp32 (every backend); bf16, fp16 or int8 (opencl).",
      valueName: "name,…"))
  var precision = NameList<Precision>(values: [.fp32])

  @Option(help: "Threads that one step may use.")
  var threads = 1

  @Option(help: "How long each case is timed, at each level.")
  var seconds = 1.0

  @Flag(help: "Print where a step's time goes as well, by operation of the plan (cpu, opencl).")
  var profile = false

  @OptionGroup var bindings: BindingOptionGroup
  @OptionGroup var output: JSONOptionGroup

  func validate() throws {
    guard !models.isEmpty || !gru.isEmpty else {
      throw ValidationError("expected a model file, or --gru I,H.")
    }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): expected a number from 1 to 1024.")
    }
    if let sequence, !(1...1 << 20).contains(sequence) {
      throw ValidationError("--sequence \(sequence): expected a number from 1 to 1048576.")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds \(seconds): expected a number above 0, up to 3600.")
    }
  }

  /// Measures every case: one that fails stops no other, and its error is thrown at the end.
  func run() throws {
    try output.check()
    try checkOneDevice(device, of: "bench")
    var report = BenchmarkReport()
    var errors: [any Error] = []
    let (networks, cases) = (networks, cases)
    var progress = ProgressBar(total: networks.count * cases.count)
    defer { progress.clear() }
    for network in networks {
      progress.show(network.name)
      let check = Result { try self.check(of: network) }
      for each in cases {
        progress.show("\(network.name), \(counted(each.streams, "stream"))")
        do {
          report.results.append(try each.measure(network, check: try check.get()))
        } catch {
          report.failures.append(each.failure(of: network, error))
          errors.append(error)
        }
        try output.keep(report)
        progress.advance()
      }
    }
    progress.clear()
    try output.report(report, report.lines)
    for result in report.results {
      for note in result.notes ?? [] { Console.current.remark("sluice: \(result.model): \(note)") }
    }
    try throwWorst(errors)
  }

  /// The reference's answers.
  private func check(of network: BenchmarkNetwork) throws -> StepCheck {
    let model = try network.model()
    return try StepCheck(
      try network.call(of: model), memoryLimit: model.options.memoryLimit)
  }

  /// Says all but one, each once, and throws that one: a wrong output before what could not be run.
  private func throwWorst(_ errors: [any Error]) throws {
    var said: Set<String> = []
    let different = errors.filter { said.insert("\($0)").inserted }
    guard let last = different.last else { return }
    let worst = different.last { ($0 as? CommandError)?.code == .mismatch } ?? last
    for error in different where "\(error)" != "\(worst)" {
      Console.current.remark("sluice: error: \(error)")
    }
    throw worst
  }

  private var networks: [BenchmarkNetwork] {
    models.map { path in
      BenchmarkNetwork(name: path, model: { try bindings.load(path) }, sequence: sequence)
    }
      + gru.map {
        BenchmarkNetwork($0, sequence: sequence, memoryLimit: bindings.memoryLimit)
      }
  }

  private var cases: [BenchmarkCase] {
    backend.values.flatMap { backend in
      precision.values.flatMap { precision in
        streams.values.map { streams in
          BenchmarkCase(
            backend: backend, device: device, precision: precision, threads: threads,
            streams: streams, seconds: seconds, isProfiled: profile)
        }
      }
    }
  }
}
