import SluiceBackends
import Testing

@testable import SluiceOpenCL

@Suite("Forms of whole sequences")
struct SequenceFormTests {
  private let device = SequenceDevice(groups: 132)

  @Test("Groups share all units and blocks, within what a work-item and a group have")
  func sizes() {
    for units in stride(from: 32, through: 2816, by: 32) {
      for gates in [1, 3, 4] {
        let forms = device.forms(units: units, gates: gates, precision: .fp16)
        #expect(Set(forms.map(\.warps)).count <= 1, "the order of sums depends on rows")
        for form in forms {
          let own = form.kind == .small ? form.octets * form.warps : form.octets
          #expect(own * 8 * form.groups == units)
          #expect(form.groups <= 132 && form.groupSize <= GridBarrier.items)
          if form.kind == .exchanging {
            #expect(units / 32 % form.warps == 0)
            #expect(form.warps * form.octets * gates * form.rows * 32 * form.partials <= 40 << 10)
          }
        }
      }
    }
    #expect(device.forms(units: 1024, gates: 3, precision: .bf16).map(\.groups) == [128, 128])
    #expect(device.forms(units: 512, gates: 4, precision: .fp16).map(\.octets) == [1, 1])
    #expect(device.forms(units: 2048, gates: 3, precision: .fp16).isEmpty)
  }

  @Test("In float32 too")
  func floats() {
    for units in stride(from: 32, through: 2816, by: 32) {
      for gates in [1, 3, 4] {
        let forms = device.forms(units: units, gates: gates, precision: .fp32)
        #expect(Set(forms.map(\.warps)).count <= 1, "the order of sums depends on rows")
        for form in forms {
          #expect(form.kind == .exchangingFloats && form.octets * 8 * form.groups == units)
          #expect(form.groups <= 132 && form.groupSize <= GridBarrier.items)
          #expect(units / 16 % form.warps == 0 && form.rows % form.partials == 0)
          let own = units / 16 / form.warps * form.octets * gates * 4
          #expect(own <= 128, "floats of U in an item's registers")
          let bytes = 32 * form.partials * form.octets * gates * (4 * form.warps + 5)
          #expect(bytes <= 40 << 10)
        }
      }
    }
    #expect(device.forms(units: 1024, gates: 4, precision: .fp32).map(\.partials) == [8, 8])
    #expect(device.forms(units: 1536, gates: 3, precision: .fp32).isEmpty)
  }

  @Test("Rows of 8 as long as all teams run at the same time, then of 16")
  func choices() {
    let found = device.choices(
      device.forms(units: 512, gates: 3, precision: .fp16), computeUnits: 132)
    #expect(found.map(\.counts) == [1...16, 17...Int.max])
    #expect(found.map(\.form.rows) == [8, 16])
    // Streams of 5 rows: 3 of them are 15 rows, 4 are 20.
    #expect(found.compactMap { Launch.streams($0.counts, rows: 5) } == [1...3, 4...Int.max])
    #expect(Launch.streams(9...9, rows: 5) == nil)
  }

  @Test("Teams that do not fit come later, with an offset")
  func parts() {
    let launch = Launch(
      source: "", kernel: "", geometry: .tiles(streams: 16, columns: 64, rows: 5, atOnce: 2),
      groupSize: 256, note: "")
    let parts = Array(launch.parts(16, scratchRows: 1))
    #expect(parts.map(\.offset) == [0, 512, 1024].map { WorkSize($0, 0, 0) })
    #expect(parts.map(\.size) == [512, 512, 256].map { WorkSize($0, 64) })
  }
}
