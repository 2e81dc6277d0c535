extension Engine {
  /// Runs arrays through fresh streams, frame by frame, and gives the slots back.
  ///
  /// Rank decides what an array is: of the input's rank, a whole sequence whose batch rows are
  /// streams; with one more leading axis, one call per entry (for a network of one frame, the frames).
  /// State inputs are initial values, without that leading axis.
  ///
  /// - Parameter atOnce: streams that the run opens at the same time; nil for as many as the engine has
  ///   slots. More rows than that run one group after another, with the same bits.
  /// - Throws: `SluiceError`: `inputRefused` naming the input, expected and found; `limit` if fewer
  ///   slots are free than the run needs; `deviceFailed`.
  public func run(
    _ inputs: [String: Tensor], atOnce: Int? = nil
  ) throws(SluiceError) -> RunResult {
    try run(inputs, atOnce: atOnce, reason: "asked for")
  }

  /// Rows of the batch that arrays hold: the streams that `run` opens for them.
  ///
  /// - Throws: `inputRefused` as `run` does, before anything is run.
  public func streamCount(of inputs: [String: Tensor]) throws(SluiceError) -> Int {
    do { return try StreamRun(self, inputs).rowCount } catch { throw SluiceError(error) }
  }

  func run(
    _ inputs: [String: Tensor], atOnce: Int? = nil, reason: String
  ) throws(SluiceError) -> RunResult {
    do {
      var run = try StreamRun(self, inputs, atOnce: atOnce)
      return try run.result(reason: reason)
    } catch {
      throw SluiceError(error)
    }
  }
}
