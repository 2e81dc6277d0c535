import SluiceTestSupport
import Testing

@testable import SluiceCPU

@Suite("The processor's description")
struct ProcessorTests {
  @Test func `x86 has flags`() {
    let processor = Processor(
      description: """
        processor\t: 0
        model name\t: Some CPU @ 2.80GHz
        flags\t\t: fpu sse2 avx2 avx fma avx512f hypervisor
        """, cores: 2)
    #expect(processor.name == "Some CPU @ 2.80GHz")
    #expect(processor.cores == 2)
    #expect(processor.vectorFeatures == ["sse2", "avx", "fma", "avx2", "avx512f"])
  }

  @Test func `arm64 has features and no name`() {
    let processor = Processor(
      description: "processor\t: 0\nFeatures\t: fp asimd asimddp bf16\n", cores: 4)
    #expect(processor.name == "processor without a model name")
    #expect(processor.vectorFeatures == ["asimd", "asimddp", "bf16"])
  }

  @Test func `without a description there is still a core`() {
    let processor = Processor(description: "", cores: -1)
    #expect(processor.cores == 1)
    #expect(processor.vectorFeatures.isEmpty)
  }

  @Test func `this machine has a vector unit`() {
    #expect(!Processor.current.vectorFeatures.isEmpty)
  }
}
