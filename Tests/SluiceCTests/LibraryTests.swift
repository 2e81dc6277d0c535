import Foundation
import Sluice
import SluiceTestSupport
import Testing

/// Builds C programs against the library with the system's compiler and runs them.
@Suite(
  "libsluice.so", .serialized,
  .enabled(if: !LinkedLibrary.isSanitized, "the sanitizers' runtimes are not linked into it"))
struct LibraryTests {
  private static let example = PackageFolder.file("Examples/video-actions")
  private static let model = "\(example)/video-actions.onnx"
  private static let folder = LinkedLibrary.folder

  /// Compiles one C file against the library and gives the program's path.
  private func compile(_ source: String, standard: String) throws -> String {
    _ = try LinkedLibrary.linked.get()
    let program = Self.folder + "/" + (source.split(separator: "/").last?.dropLast(2) ?? "program")
    _ = try LinkedLibrary.run([
      "cc", "-std=\(standard)", "-Wall", "-Wextra", "-Werror", "-I", Self.folder,
      PackageFolder.file(source), "-o", program, "-L", Self.folder, "-lsluice",
      "-Wl,-rpath,\(Self.folder)", "-pthread", "-lm",
    ]).get()
    return program
  }

  /// An array of an `.npz` file as raw floats in the build folder.
  private func raw(_ file: String) throws -> String {
    _ = try LinkedLibrary.linked.get()
    let entries = try NPZFile.read(path: "\(Self.example)/clips/\(file).npz")
    let tensor = try #require(entries.compactMap(\.tensor).first)
    let path = "\(Self.folder)/\(file).f32"
    try AtomicFile.write(tensor.bytes, to: path)
    return path
  }

  @Test func `does what its header says, and turns every misuse into a code`() throws {
    let program = try compile("Tests/SluiceCTests/Program/library_test.c", standard: "gnu11")
    let printed = LinkedLibrary.run([
      program, Self.model, try raw("grow"), try raw("grow.expected"), Self.example,
      PackageFolder.file("README.md"),
    ])
    #expect(try printed.get().hasSuffix(" checks\n"))
  }

  @Test(arguments: ["C", "Python"])
  func `is embedded by the example`(language: String) throws {
    let clip = try raw("grow")
    let program =
      language == "C"
      ? [try compile("Examples/embed/embed.c", standard: "c99")]
      : [
        "python3", PackageFolder.file("Examples/embed/embed.py"), Self.folder + "/libsluice.so",
      ]
    let printed = try LinkedLibrary.run(program + [Self.model], input: clip).get()
    let numbers = printed.split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
    let expected = try NPZFile.read(path: "\(Self.example)/clips/grow.expected.npz")
      .compactMap(\.tensor).first.map { $0.doubles() }
    #expect(numbers.count == expected?.count)
    for (number, value) in zip(numbers, expected ?? []) { #expect(abs(number - value) <= 6e-5) }
  }

  /// Everything else, the kernels' names above all, is local to it.
  @Test func `shows what its header declares and nothing else`() throws {
    _ = try LinkedLibrary.linked.get()
    let library = Self.folder + "/libsluice.so"
    let symbols = try LinkedLibrary.run(["nm", "-D", "--defined-only", library]).get()
    // Names with a small letter before them are local to the library.
    let shown = symbols.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0.count == 3 && $0[1].allSatisfy(\.isUppercase) }.map { $0[2] }
    let header = try String(
      contentsOfFile: PackageFolder.file("Sources/CSluice/sluice.h"), encoding: .utf8)
    let declared = header.split(separator: "\n").filter { !$0.hasPrefix("//") }
      .compactMap { $0.firstMatch(of: /\b(sluice_[a-z_]+)\(/)?.output.1 }
    #expect(declared.count == 14)
    #expect(Set(shown) == Set(declared))
    // All of Foundation with its tables of the world's languages would make it 64 MB.
    let size = try FileManager.default.attributesOfItem(atPath: library)[.size] as? Int
    #expect(try #require(size) < 32 << 20)
  }

  @Test func `has no name in its header that the kernels have`() throws {
    func names(_ folder: String) throws -> Set<Substring> {
      let path = PackageFolder.file(folder)
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0.hasSuffix(".h") }
      return try files.reduce(into: []) { names, file in
        let text = try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
        for match in text.matches(of: /\b(?:sluice_[a-z0-9_]+|SLUICE_[A-Z0-9_]+)\b/) {
          names.insert(Substring(String(match.output)))
        }
      }
    }
    let common = try names("Sources/CSluice").intersection(try names("Kernels/include"))
    #expect(common.isEmpty, "\(common.sorted())")
  }
}
