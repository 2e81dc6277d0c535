import SluiceBackends

/// What the groups of a wide launch are: a file of `Kernels/OpenCL` and the sizes it is specialised with.
enum WideForm: Hashable {
  /// wide_vectors.cl, on CPU devices: `vectors` vectors of 16 units.
  case vectors(streams: Int, vectors: Int)
  /// wide_rows.cl, for few streams: `blocks` of 8 units, the segments of a sum shared by `workers`.
  case rows(streams: Int, blocks: Int, workers: Int)
  /// wide_tiles.cl, for many: `blocks` of 8 units, of which a work-item has `itemUnits` for
  /// `itemStreams`.
  case tiles(streams: Int, blocks: Int, itemStreams: Int, itemUnits: Int)

  var file: String {
    switch self {
    case .vectors: "wide_vectors"
    case .rows: "wide_rows"
    case .tiles: "wide_tiles"
    }
  }

  var streams: Int {
    switch self {
    case .vectors(let streams, _), .rows(let streams, _, _), .tiles(let streams, _, _, _): streams
    }
  }

  /// Units of a group.
  var units: Int {
    switch self {
    case .vectors(_, let vectors): vectors * WidePacking.vectorWidth
    case .rows(_, let blocks, _), .tiles(_, let blocks, _, _): blocks * 8
    }
  }

  /// Work-items of a group.
  func groupSize(sums: Int) -> Int {
    switch self {
    case .vectors: 1
    case .rows(_, let blocks, let workers): blocks * 8 * sums * workers
    case .tiles(let streams, let blocks, let itemStreams, let itemUnits):
      streams / itemStreams * (blocks * 8 / itemUnits)
    }
  }

  /// The file's macros.
  var macros: [(name: String, value: String)] {
    switch self {
    case .vectors(let streams, let vectors): [("STREAMS", "\(streams)"), ("UV", "\(vectors)")]
    case .rows(let streams, let blocks, let workers):
      [("STREAMS", "\(streams)"), ("BLOCKS8", "\(blocks)"), ("WORKERS", "\(workers)")]
    case .tiles(let streams, let blocks, let itemStreams, let itemUnits):
      [
        ("STREAMS", "\(streams)"), ("BLOCKS8", "\(blocks)"), ("TS", "\(itemStreams)"),
        ("TU", "\(itemUnits)"),
      ]
    }
  }

  /// For the listing.
  var note: String {
    switch self {
    case .vectors(let streams, _): "vectors, \(streams) x \(units)"
    case .rows(let streams, _, let workers): "rows, \(streams) x \(units), \(workers) to a sum"
    case .tiles(let streams, _, _, _): "tiles, \(streams) x \(units)"
    }
  }
}
