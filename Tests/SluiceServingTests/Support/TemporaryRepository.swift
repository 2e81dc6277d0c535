import SluiceServing
import SluiceTestSupport

extension TemporaryRepository {
  var repository: ModelRepository { ModelRepository(path: path) }
}
