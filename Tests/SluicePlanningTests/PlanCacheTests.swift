import SluicePlanning
import Testing

@Suite("Plan cache")
struct PlanCacheTests {
  struct Refused: Error {}

  @Test("A full cache drops the entry whose last use is longest ago")
  func leastRecentlyUsed() {
    var cache = PlanCache<String, Int>(capacity: 2)
    var made: [String] = []
    for key in ["a", "b", "a", "c", "a", "b"] {
      let value = cache.value(for: key) { () -> Int in
        made.append(key)
        return made.count
      }
      #expect(value == (key == "a" ? 1 : key == "c" ? 3 : made.count))
    }
    #expect(made == ["a", "b", "c", "b"])
    #expect(cache.count == 2)
  }

  @Test("A failure is passed on and leaves the cache as it was")
  func failure() {
    var cache = PlanCache<Int, Int>(capacity: 0)
    #expect(cache.capacity == 1)
    #expect(cache.value(for: 1) { 10 } == 10)
    #expect(throws: Refused.self) {
      try cache.value(for: 2) { () throws(Refused) in throw Refused() }
    }
    #expect(cache.value(for: 1) { 11 } == 10)
  }
}
