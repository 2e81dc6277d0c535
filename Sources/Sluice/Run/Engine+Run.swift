extension Engine {
  /// Runs arrays through fresh streams, frame by frame, and gives the slots back.
  ///
  /// Rank decides what an array is: of the input's rank, a whole sequence whose batch rows are
  /// streams; with one more leading axis, one call per entry (for a network of one frame, the frames).
  /// State inputs are initial values, without that leading axis.
  ///
  /// - Throws: `SluiceError`: `inputRefused` naming the input, expected and found; `limit` if fewer
  ///   slots are free than the run needs; `deviceFailed`.
  public func run(_ inputs: [String: Tensor]) throws(SluiceError) -> RunResult {
    try run(inputs, reason: "asked for")
  }

  func run(_ inputs: [String: Tensor], reason: String) throws(SluiceError) -> RunResult {
    do {
      var run = try StreamRun(self, inputs)
      return try run.result(reason: reason)
    } catch {
      throw SluiceError(error)
    }
  }
}
