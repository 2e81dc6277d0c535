import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

@Suite("Wide layers by matrix instructions")
struct MatrixTests {
  @Test("Weights lie as [octet][block of 32][gate][unit][term], zeros where there are none")
  func packing() throws {
    let (gates, units, depths) = (3, 11, [33, 7])
    let products = depths.enumerated().map { part, depth in
      (
        values: (0..<gates * units * depth).map { Float($0 % 1000 + 1 + 1024 * part) },
        depth: depth
      )
    }
    let tensor = MatrixPacking(gates: gates, units: units, precision: .fp16).pack(products)
    guard case .uint16(let packed) = tensor.elements else {
      Issue.record("weights are not 16-bit")
      return
    }
    // Blocks: two of the first product, one of the second.
    try #require(packed.count == 2 * 3 * gates * 8 * 32)
    for (index, bits) in packed.enumerated() {
      let (term, unit) = (index % 32, index / 256 / gates / 3 * 8 + index / 32 % 8)
      let (gate, block) = (index / 256 % gates, index / 256 / gates % 3)
      let (part, k) = block == 2 ? (1, term) : (0, block * 32 + term)
      let expected =
        unit < units && k < depths[part]
        ? products[part].values[(gate * units + unit) * depths[part] + k] : 0
      #expect(Float(Float16(bitPattern: bits)) == Float(Float16(expected)), "index \(index)")
    }
  }

  @Test("Forms cover every number of streams, and groups have what the device has")
  func forms() {
    var device = WideDevice()
    (device.computeUnits, device.localMemory) = (132, 48 << 10)
    for units in [8, 64, 250, 512, 1024, 2816] {
      for gates in 1...4 {
        let forms = device.matrixForms(units: units, gates: gates)
        #expect(forms.first?.counts.lowerBound == 1 && forms.last?.counts.upperBound == .max)
        for (one, next) in zip(forms, forms.dropFirst()) {
          #expect(one.counts.upperBound + 1 == next.counts.lowerBound)
          #expect(one.form.streams <= next.form.streams)
        }
      }
    }
    // 0.9 of 132 units are 119 groups: 16 columns of T128 take 8 rows of 128 streams.
    let forms = device.matrixForms(units: 1024, gates: 3)
    #expect(forms.map(\.counts.lowerBound) == [1, 9, 193, 897])
  }

  @Test(
    "The plain form gives what bodies give but for the order of sums, and equal bits at every number",
    .needsDevice, arguments: WideTests.Kind.allCases, [Precision.fp16, .bf16])
  func plainForm(kind: WideTests.Kind, precision: Precision) throws {
    var random = SeededRandom(21)
    let program = try WideTests.program(kind, 70, 37, hasBias: precision == .fp16, &random)
    let device = try #require(OpenCLDevice.all().first)
    let plan = try Plan(program, fusion: .full)
    func prepare(_ limit: Int, _ matrix: MatrixUse?) throws -> any Executable {
      var tuning = DeviceTuning()
      tuning.wide.limit = limit
      let backend = OpenCLBackend(device: device, groupSize: 1, tuning: tuning, matrix: matrix)
      let options = ExecutableOptions(slots: 70, precision: precision)
      return try backend.prepare(plan, options: options)
    }
    let bodies = try prepare(.max, nil)
    let (one, many) = (try prepare(0, .plain), try prepare(0, .plain))
    #expect(one.listing.contains { $0.contains("matrix instructions, 8 x") })
    let slots = Array((0..<70).shuffled(using: &random))
    for _ in 0..<2 {
      for slot in slots {
        let frames = plan.inputs.map { random.floats(plan.buffers[$0.buffer].shape) }
        for executable in [bodies, one, many] {
          for (input, frame) in frames.enumerated() {
            unsafe frame.withUnsafeBytes {
              unsafe executable.write(input: input, slot: slot, from: $0)
            }
          }
        }
      }
      try bodies.step(slots)
      try many.step(slots)
      for part in [0..<1, 1..<4, 4..<70] { try one.step(Array(slots[part])) }
      for slot in slots {
        #expect(one.output(0, slot: slot) == many.output(0, slot: slot), "slot \(slot)")
        let pairs = zip(many.output(0, slot: slot).floats(), bodies.output(0, slot: slot).floats())
        #expect(pairs.allSatisfy { abs($0 - $1) <= 2e-3 }, "slot \(slot)")
      }
    }
  }
}
