package dev.espalier.coordinator.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.data.DomainLosses;
import dev.espalier.protocol.files.BlobFolder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Whether a worker's result holds what its work promises; a result that does not would poison the journal. What it
 * says of files, {@link ResultFiles} compares with them.
 */
public final class ResultCheck {
    /** Leaves room in a journal event for the rest of the result. */
    static final int MAX_MEASUREMENT_BYTES = 64 * 1024;

    static final int MAX_ARTEFACTS = 200;

    static final String MODEL_CONFIG = "config.json";

    /** Expected sparsity is a sum of many probabilities. */
    private static final double ROUNDING = 1e-6;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultCheck() {}

    /** What is wrong with the result, in one sentence; empty if nothing. */
    public static Optional<String> fault(Work work, WorkResult result) {
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
        } else if (DomainLosses.in(result.measurements())
                .filter(found -> !found.isMeasured())
                .isPresent()) {
            return Optional.of("the worker measured a domain's loss that is no number, or a text of no sequences");
        } else if (work.kind() == Work.Kind.TRAIN && result.student().isEmpty()) {
            return Optional.of("the worker returned no student from training");
        } else if ((work.kind() == Work.Kind.MEASURE || work.kind() == Work.Kind.SAMPLE)
                && isEmpty(result.measurements())) {
            return Optional.of("the worker measured nothing");
        } else if (work.kind() != Work.Kind.TRAIN && result.student().isPresent()) {
            return Optional.of("the worker returned a student from work that is not training");
        } else if (work.inSteps() && !isShare(result.expectedSparsity())) {
            return Optional.of("the worker returned steps with the expected sparsity " + result.expectedSparsity()
                    + ", which is none");
        } else if (leavesBlob(work) && result.artefacts().stream().noneMatch(ResultCheck::isBlob)) {
            return Optional.of("the worker returned nothing from " + work.leg());
        }
        return work.writes().flatMap(folder -> missing(folder, result));
    }

    /** Whether the work leaves a blob and no model. */
    public static boolean leavesBlob(Work work) {
        return work.kind() == Work.Kind.BUILD && work.writes().isEmpty();
    }

    private static Optional<String> missing(String folder, WorkResult result) {
        if (result.artefacts().stream().noneMatch(file -> file.path().equals(folder + "/" + MODEL_CONFIG))) {
            return Optional.of("the worker returned no " + folder + "/" + MODEL_CONFIG);
        } else if (result.artefacts().stream()
                .noneMatch(file -> file.path().startsWith(folder + "/") && isWeights(file))) {
            return Optional.of("the worker returned no weights in " + folder);
        }
        return Optional.empty();
    }

    static boolean isWeights(Artefact artefact) {
        return artefact.path().endsWith(".safetensors");
    }

    private static boolean isBlob(Artefact artefact) {
        return artefact.path().equals(BlobFolder.pathInRun(new BlobRef(artefact.sha256(), artefact.bytes())));
    }

    private static boolean isShare(double sparsity) {
        return sparsity >= -ROUNDING && sparsity <= 1 + ROUNDING;
    }

    /** @param measurements a JSON object */
    private static boolean isEmpty(String measurements) {
        return measurements.replaceAll("\\s", "").equals("{}");
    }

    private static boolean isObject(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
