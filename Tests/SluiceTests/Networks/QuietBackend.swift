import Sluice

/// `TinyNetwork.runningSum` in plain memory: a step that allocates nothing, so that what is counted is
/// the session's.
struct QuietBackend: Backend {
  var name: String { "quiet" }
  var deviceName: String { "a device for tests" }

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable { QuietExecutable(plan, slotCount: options.slots) }
}

/// Unchecked: who has a slot has its memory, and nothing else changes.
@safe final class QuietExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let workerCount = 1
  let numericsTag = "quiet 1"
  let listing: [String] = []
  /// By slot two numbers each.
  private let frames: UnsafeMutableBufferPointer<Float>
  private let sums: UnsafeMutableBufferPointer<Float>

  init(_ plan: Plan, slotCount: Int) {
    self.plan = plan
    self.slotCount = slotCount
    unsafe frames = .allocate(capacity: 2 * slotCount)
    unsafe frames.initialize(repeating: 0)
    unsafe sums = .allocate(capacity: 2 * slotCount)
    unsafe sums.initialize(repeating: 0)
  }

  deinit {
    unsafe frames.deallocate()
    unsafe sums.deallocate()
  }

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    for i in 0..<2 {
      unsafe frames[2 * slot + i] = bytes.load(fromByteOffset: 4 * i, as: Float.self)
    }
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    for slot in slots {
      for i in 2 * slot..<2 * slot + 2 { unsafe sums[i] += frames[i] }
    }
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    for i in 0..<2 {
      unsafe bytes.storeBytes(of: sums[2 * slot + i], toByteOffset: 4 * i, as: Float.self)
    }
  }

  func stepCount(slot: Int) -> Int { 0 }
  func setStepCount(_ count: Int, slot: Int) {}
  func state(_ index: Int, slot: Int) -> Tensor {
    Tensor([unsafe sums[2 * slot], unsafe sums[2 * slot + 1]], shape: [1, 2])
  }
  func setState(_ index: Int, slot: Int, to tensor: Tensor) {
    for (i, value) in tensor.floats().enumerated() { unsafe sums[2 * slot + i] = value }
  }
  func reset(slot: Int) { for i in 2 * slot..<2 * slot + 2 { unsafe sums[i] = 0 } }
}
