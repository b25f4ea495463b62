package dev.espalier.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Whether a worker's result holds what its work promises; a result that does not would poison the journal. */
final class ResultCheck {
    /** Leaves room in a journal event for the rest of the result. */
    static final int MAX_MEASUREMENT_BYTES = 64 * 1024;

    static final int MAX_ARTEFACTS = 200;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultCheck() {}

    /** What is wrong with the result, in one sentence; empty if nothing. */
    static Optional<String> fault(Work work, WorkResult result) {
        if (result.measurements().getBytes(StandardCharsets.UTF_8).length > MAX_MEASUREMENT_BYTES) {
            return Optional.of("the worker's measurements are over " + MAX_MEASUREMENT_BYTES
                    + " bytes long: they belong into an artefact");
        } else if (result.artefacts().size() > MAX_ARTEFACTS) {
            return Optional.of("the worker left " + result.artefacts().size() + " artefacts, more than " + MAX_ARTEFACTS
                    + ": it should name fewer, larger files");
        } else if (result.artefacts().stream()
                .anyMatch(artefact -> !BlobRef.isHash(artefact.sha256()) || artefact.bytes() < 0)) {
            return Optional.of("an artefact of the worker's has no SHA-256 or no length");
        } else if (!isObject(result.measurements())) {
            return Optional.of("the worker's measurements are no JSON object");
        } else if (work instanceof Work.Train && result.student().isEmpty()) {
            return Optional.of("the worker returned no student from training");
        } else if (work instanceof Work.Calibrate
                && result.artefacts().stream()
                        .noneMatch(artefact -> artefact.path().startsWith(RunFolder.BLOBS + "/"))) {
            return Optional.of("the worker returned no accumulators from calibration");
        }
        return Optional.empty();
    }

    private static boolean isObject(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
