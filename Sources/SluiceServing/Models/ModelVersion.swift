import Sluice
import Synchronization

/// One version of a model, loaded: the network, its engine and what was counted of it.
///
/// It lives as long as it is the newest of its model or a stream runs on it.
public final class ModelVersion: Sendable {
  public let name: String
  public let number: Int
  public let model: Model
  public let classNames: ClassNames
  /// nil where the network does not run frame by frame; then it serves whole sequences only.
  public let engine: Engine?
  /// Why there is no engine.
  public let refusalOfStreams: String?
  /// Streams that it has room for on its device.
  public let slotCount: Int
  /// Outputs and final states, whatever of them a request gives.
  public let outputNames: Set<String>
  let slotsTaken = Mutex(0)
  let options: EngineOptions

  /// Prepares a network; takes its time and blocks.
  ///
  /// - Throws: `SluiceError` of `Model` and `Engine`, but for networks that do not stream, or are not
  ///   bound.
  init(
    _ model: Model, name: String, number: Int, classNames: ClassNames, options: EngineOptions
  ) throws(SluiceError) {
    (self.name, self.number, self.model, self.options) = (name, number, model, options)
    self.classNames = classNames
    do {
      let engine = try ModelVersion.largestEngine(model, options)
      self.engine = engine
      slotCount = engine.options.maximumStreams
      refusalOfStreams = nil
    } catch {
      guard error.code == .notStreamable || error.code == .unbound else { throw error }
      (engine, slotCount, refusalOfStreams) = (nil, 0, error.message)
    }
    outputNames = Set(model.outputs.map(\.name))
      .union(engine?.stepGraph.outputs.map(\.name) ?? [])
  }

  /// Streams in slots now, those of whole sequences included.
  public var slotsInUse: Int { slotsTaken.withLock { $0 } }

  /// The engine with as many slots as asked for or, where memory holds fewer, with as many as it holds,
  /// to within a sixteenth.
  private static func largestEngine(
    _ model: Model, _ options: EngineOptions
  ) throws(SluiceError) -> Engine {
    var options = options
    var (fits, fails) = (0, options.maximumStreams + 1)
    while true {
      do {
        let engine = try Engine(model, options)
        fits = options.maximumStreams
        if fails - fits <= 1 + fits / 16 { return engine }
      } catch {
        guard error.code == .limit, options.maximumStreams > 1 else { throw error }
        fails = options.maximumStreams
        if fits > 0, fails - fits <= 1 + fits / 16 {
          options.maximumStreams = fits
          return try Engine(model, options)
        }
      }
      options.maximumStreams = max(1, (fits + fails) / 2)
    }
  }
}

extension ModelVersion: CustomStringConvertible {
  public var description: String { "'\(name)' version \(number)" }
}
