import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A double of another executable: what it does not define itself is that one's.
public protocol WrappingExecutable: Executable {
  var inner: any Executable { get }
}

extension WrappingExecutable {
  public var plan: Plan { inner.plan }
  public var slotCount: Int { inner.slotCount }
  public var listing: [String] { inner.listing }
  public var numericsTag: String { inner.numericsTag }
  public var workerCount: Int { inner.workerCount }

  public func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    unsafe inner.write(input: input, slot: slot, from: bytes)
  }

  public func step(_ slots: [Int], worker: Int) throws(BackendError) {
    try inner.step(slots, worker: worker)
  }

  public func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    unsafe inner.read(output: output, slot: slot, into: bytes)
  }

  public func stepCount(slot: Int) -> Int { inner.stepCount(slot: slot) }
  public func setStepCount(_ count: Int, slot: Int) { inner.setStepCount(count, slot: slot) }
  public func state(_ index: Int, slot: Int) throws(BackendError) -> Tensor {
    try inner.state(index, slot: slot)
  }
  public func setState(_ index: Int, slot: Int, to tensor: Tensor) throws(BackendError) {
    try inner.setState(index, slot: slot, to: tensor)
  }
  public func reset(slot: Int) throws(BackendError) { try inner.reset(slot: slot) }
}
