import SluiceTestSupport
import Testing

@testable import SluiceC

@Suite("Handles that C holds")
struct PlacesTests {
  private final class Thing: Sendable {}

  @Test func `find their object until it is removed, and nothing afterwards`() {
    var places = Places<Thing>()
    let thing = Thing()
    let handle = places.add(thing)
    #expect(handle != 0)
    #expect(places.object(handle) === thing)
    #expect(places.remove(handle) === thing)
    #expect(places.object(handle) == nil)
    #expect(places.remove(handle) == nil)
  }

  @Test(arguments: [UInt64(1), 2])
  func `are never given out twice while places are used again`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var places = Places<Thing>()
    var open: [(handle: Int, thing: Thing)] = []
    var seen = Set<Int>()
    for _ in 0..<2000 {
      if open.isEmpty || Bool.random(using: &random) {
        let thing = Thing()
        let handle = places.add(thing)
        #expect(seen.insert(handle).inserted, "seed \(seed)")
        open.append((handle, thing))
      } else {
        let closed = open.remove(at: Int.random(in: open.indices, using: &random))
        #expect(places.remove(closed.handle) === closed.thing, "seed \(seed)")
        #expect(places.object(closed.handle) == nil, "seed \(seed)")
      }
      for (handle, thing) in open { #expect(places.object(handle) === thing, "seed \(seed)") }
    }
  }

  @Test(arguments: [0, 1, 2, -1, Int.max, Int.min, 0x1234_5678_9ABC, 1 << 32 | 1])
  func `that were never given out find nothing`(handle: Int) {
    var places = Places<Thing>()
    #expect(places.object(handle) == nil)
    #expect(places.remove(handle) == nil)
    let first = places.add(Thing())
    guard handle != first else { return }
    #expect(places.object(handle) == nil)
  }
}
