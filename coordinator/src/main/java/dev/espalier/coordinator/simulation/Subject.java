package dev.espalier.coordinator.simulation;

import dev.espalier.coordinator.method.Method;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.util.Optional;

/** What a simulated run does. */
public interface Subject {
    /** Training slices whose results are students. */
    Subject TRAINING = new Subject() {
        @Override
        public Method method() {
            return new VirtualMethod();
        }

        @Override
        public String prune() {
            return "initialise-from = none, curriculum.kind = intact, gates.harden-at = 1";
        }
    };

    Method method();

    /** Keys of the configuration's prune section, but for steps. */
    String prune();

    /** What a worker returns of work that is neither training nor a model. */
    default Optional<WorkResult> result(Assignment assignment, BlobFolder blobs) throws IOException {
        return Optional.empty();
    }
}
