import SluiceGraph

/// Makes tensors of views of an archive's storages.
struct TorchStorages {
  private let archive: ZipArchive
  private let folder: String
  private let isBigEndian: Bool
  private let entriesByName: [String: ZipArchive.Entry]

  init(_ archive: ZipArchive, folder: String) throws(FormatError) {
    self.archive = archive
    self.folder = folder
    entriesByName = Dictionary(
      archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    if let order = entriesByName["\(folder)byteorder"] {
      isBigEndian = try archive.content(of: order).elementsEqual("big".utf8)
    } else {
      isBigEndian = false
    }
  }

  /// Views may overlap, so together they can be more than the file; that is limited as expansion of
  /// a zip archive is.
  func entries(
    _ tensors: [(name: String, tensor: TorchTensor)]
  ) throws(FormatError) -> [TensorFile.Entry] {
    let limit = ZipArchive.expansionLimit(fileLength: archive.bytes.count)
    var total = 0
    var contents = [String: ArraySlice<UInt8>]()
    var entries = [TensorFile.Entry]()
    var names = Set<String>()
    for (name, tensor) in tensors {
      let source = "\(archive.path): tensor '\(name)'"
      guard names.insert(name).inserted else {
        throw FormatError(.malformed, "\(source) appears twice")
      }
      let byteCount = try checkedByteCount(tensor, source: source)
      total = total.addingReportingOverflow(byteCount).partialValue
      guard total >= 0, total <= limit else {
        throw FormatError(.limit, "\(source): views take more than \(limit) bytes together")
      }
      let key = tensor.storage.key
      if contents[key] == nil { contents[key] = try content(of: tensor.storage, source: source) }
      let content = contents[key] ?? []
      entries.append(TensorFile.Entry(name, try materialised(tensor, content, source: source)))
    }
    return entries
  }

  /// Bytes of the tensor; checks that every element lies in the storage.
  private func checkedByteCount(
    _ tensor: TorchTensor, source: String
  ) throws(FormatError) -> Int {
    guard tensor.strides.count == tensor.shape.count,
      let count = Tensor.elementCount(of: tensor.shape), tensor.offset >= 0
    else {
      throw FormatError(
        .malformed, "\(source): shape \(tensor.shape), strides \(tensor.strides)")
    }
    if count == 0 { return 0 }
    var (last, failed) = (tensor.offset, false)
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(reach)
      failed = failed || overflow || carry || stride < 0
      last = sum
    }
    guard !failed, last < tensor.storage.count else {
      throw FormatError(
        .malformed,
        "\(source): shape \(tensor.shape) with strides \(tensor.strides) at \(tensor.offset) is "
          + "outside its storage of \(tensor.storage.count) elements")
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: tensor.storage.type.byteCount)
    return overflow ? .max : bytes
  }

  private func content(
    of storage: TorchStorage, source: String
  ) throws(FormatError) -> ArraySlice<UInt8> {
    guard let entry = entriesByName["\(folder)data/\(storage.key)"] else {
      throw FormatError(
        .malformed, "\(source): no entry '\(folder)data/\(storage.key)' in the archive")
    }
    return try archive.content(of: entry)
  }

  private func materialised(
    _ tensor: TorchTensor, _ content: ArraySlice<UInt8>, source: String
  ) throws(FormatError) -> Tensor {
    let type = tensor.storage.type
    let itemSize = type.byteCount
    guard tensor.storage.count <= content.count / itemSize else {
      throw FormatError(
        .malformed,
        "\(source): storage of \(tensor.storage.count) elements of \(itemSize) bytes, found "
          + "\(content.count) bytes")
    }
    var bytes: ArraySlice<UInt8> = []
    if tensor.shape.contains(0) {
      // No element, so nothing has been said about offset and strides.
    } else if isContiguous(tensor) {
      let count = tensor.shape.reduce(itemSize, *)
      bytes = content.dropFirst(tensor.offset * itemSize).prefix(count)
    } else {
      // The stride of an axis of size 1 may be anything.
      let strides = zip(tensor.shape, tensor.strides).map { $0 == 1 ? 0 : $1 * itemSize }
      bytes =
        gathered(
          content, shape: tensor.shape, byteStrides: strides,
          byteOffset: tensor.offset * itemSize, itemSize: itemSize)[...]
    }
    if isBigEndian { bytes = byteSwapped(bytes, itemSize: itemSize)[...] }
    guard let result = Tensor(stored: type, shape: tensor.shape, bytes: bytes) else {
      throw FormatError(.malformed, "\(source): its storage does not fill its shape")
    }
    return result
  }

  private func isContiguous(_ tensor: TorchTensor) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.shape, tensor.strides).reversed() {
      if size != 1 && stride != expected { return false }
      expected *= size
    }
    return true
  }
}
