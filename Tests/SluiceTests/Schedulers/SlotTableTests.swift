import Testing

@testable import Sluice

struct SlotTableTests {
  @Test("slots are given out from the lowest, until none is left")
  func givesLowest() {
    var table = SlotTable(count: 3)
    #expect([table.take(), table.take(), table.take(), table.take()] == [0, 1, 2, nil])
    #expect(table.takenCount == 3)
  }

  @Test("a slot given back is given out again before higher ones")
  func reuse() {
    var table = SlotTable(count: 4)
    for _ in 0..<3 { _ = table.take() }
    table.free(1)
    #expect(table.takenCount == 2)
    #expect(table.take() == 1)
    #expect(table.take() == 3)
  }

  @Test(
    "giving back a free slot, or one that is not there, changes nothing", arguments: [-1, 1, 9])
  func strayFree(slot: Int) {
    var table = SlotTable(count: 2)
    _ = table.take()
    let before = table
    table.free(slot)
    #expect(table == before)
  }
}
