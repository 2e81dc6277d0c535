import ArgumentParser

/// The options that say how streams are kept.
struct ServingOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Streams of each model that may be open at once; fewer where the device's memory holds fewer.",
      valueName: "count"))
  var maxStreams: Int = 64

  @Option(
    help: ArgumentHelp(
      "Move a stream without requests for so long from the device into the store: 500ms, 30s, 5m, 2h.",
      valueName: "time"))
  var idleTimeout: DurationArgument?

  @Option(
    help: ArgumentHelp("End a stream without requests for so long.", valueName: "time"))
  var expire: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Keep the states of streams that left the device, or lived when the server ended, in this SQLite "
        + "file; without it, in memory.",
      valueName: "file"))
  var stateStore: String?

  @Option(
    help: ArgumentHelp(
      "With --state-store, when to put states there beside: every-frame, before each answer; or so many "
        + "milliseconds apart.",
      valueName: "every-frame|ms"))
  var durability: DurabilityArgument?

  @Option(
    help: ArgumentHelp(
      "How long streams may go on after SIGTERM before they are put into the store.",
      valueName: "time"))
  var drainTimeout = DurationArgument(argument: "10s")!

  func validate() throws {
    guard (1...65536).contains(maxStreams) else {
      throw ValidationError("--max-streams \(maxStreams): expected a number from 1 to 65536.")
    }
    if durability != nil, stateStore == nil {
      throw ValidationError("--durability: needs --state-store.")
    }
  }
}
