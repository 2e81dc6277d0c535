import SluiceBackends

/// Which layers are wide on a device and which forms their launches take. It decides times, never bits.
struct WideTuning: Hashable, Codable {
  /// Bytes that a layer's fp32 weights have at least. 1 MB is what a processor or a multiprocessor cannot
  /// hold beside other things, so that reading weights decides, and each stream by itself would read
  /// them again.
  var limit = 1 << 20
  /// Vectors of units and streams of wide_vectors.cl, for few and for many streams.
  var fewVectors = 2
  var manyVectors = 2
  var vectorStreams = 4
  /// Sums of a group of wide_rows.cl at least, and most work-items of one.
  var rowSums = 24
  var rowItems = 256
  /// Streams of a large tile of wide_tiles.cl, its blocks of 8 units and what a work-item has of it.
  var tileStreams = 64
  var tileBlocks = 4
  var itemStreams = 4
  var itemUnits = 2

  /// Whether each size is one that the kernels take.
  var isSound: Bool {
    limit >= 0 && [1, 2, 4].contains(fewVectors) && [1, 2, 4].contains(manyVectors)
      && [1, 2, 4, 8].contains(vectorStreams) && (8...64).contains(rowSums)
      && (64...1024).contains(rowItems) && [32, 64, 128].contains(tileStreams)
      && [2, 4, 8].contains(tileBlocks) && [2, 4].contains(itemStreams)
      && [1, 2, 4].contains(itemUnits)
      && tileStreams / itemStreams * (tileBlocks * 8 / itemUnits) <= tileStreams * 4
  }
}

/// What decides the forms of wide launches on a device.
struct WideDevice: Hashable {
  var tuning = WideTuning()
  var computeUnits = 1
  /// Bytes a work-group may have.
  var localMemory = 32 << 10
  var hasVectors = true
  /// How layers in fp16 and bf16 run by matrix instructions; nil where there are none.
  var matrix: MatrixUse?

  /// Units are padded to a multiple of this, which every form divides.
  var unitStep: Int {
    hasVectors
      ? WidePacking.vectorWidth * max(tuning.fewVectors, tuning.manyVectors)
      : max(32, 8 * tuning.tileBlocks)
  }

  /// Forms by number of streams, fewest first, all numbers covered.
  ///
  /// - Parameters:
  ///   - segments: of the longer product, which work-items can share.
  func forms(units: Int, sums: Int, segments: Int) -> [(counts: ClosedRange<Int>, form: WideForm)] {
    if hasVectors {
      let many = tuning.vectorStreams
      return [
        (1...max(many - 1, 1), .vectors(streams: 1, vectors: tuning.fewVectors)),
        (max(many, 2)...Int.max, .vectors(streams: many, vectors: tuning.manyVectors)),
      ]
    }
    let large = tiles(sums)
    let small = WideForm.tiles(streams: 16, blocks: 4, itemStreams: 4, itemUnits: 2)
    // Large tiles as soon as they occupy nine tenths of the device.
    let columns = (units + large.units - 1) / large.units
    let tiles = max((computeUnits * 9 + columns * 10 - 1) / (columns * 10), 1)
    let first = max((tiles - 1) * tuning.tileStreams + 1, 9)
    return [
      (1...1, rows(1, sums, segments)), (2...8, rows(8, sums, segments)),
    ] + (first > 9 ? [(9...first - 1, small)] : []) + [(first...Int.max, large)]
  }

  /// The tuned tile where a group's local memory holds it.
  private func tiles(_ sums: Int) -> WideForm {
    let gap = sums % 2 == 0 ? sums * 8 + 8 : sums * 8
    let bytes = 128 * (tuning.tileStreams + 4 + tuning.tileBlocks * gap)
    guard bytes <= localMemory - 1024 else {
      return .tiles(streams: 64, blocks: 4, itemStreams: 4, itemUnits: 2)
    }
    return .tiles(
      streams: tuning.tileStreams, blocks: tuning.tileBlocks, itemStreams: tuning.itemStreams,
      itemUnits: tuning.itemUnits)
  }

  private func rows(_ streams: Int, _ sums: Int, _ segments: Int) -> WideForm {
    var blocks = 1
    while blocks < 4, blocks * 8 * sums < tuning.rowSums { blocks *= 2 }
    let own = blocks * 8 * sums
    var workers = max(min(tuning.rowItems / own, segments, 8), 1)
    // Factors and sums of a work-item's segment, beside what the group keeps.
    while workers > 1, 4 * streams * (workers * (128 + own) + 3 * own) > localMemory - 1024 {
      workers -= 1
    }
    return .rows(streams: streams, blocks: blocks, workers: workers)
  }
}
