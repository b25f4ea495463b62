package dev.espalier.coordinator.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.merge.StudentCheck;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads what a result names before anything is made of it: a student with numbers that are not finite, or a model of
 * which a shard is missing, would be found out stages later, by somebody else. Reads every byte, so it belongs on a
 * thread that may block.
 *
 * @param directory the run folder
 */
public record ResultFiles(Path directory) {
    private static final long MAX_CONFIG_BYTES = 1 << 24;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What is wrong with the files, in one sentence; empty if nothing.
     *
     * @param result of the work, without a {@link ResultCheck#fault}
     * @param like a student version of the model that the work trains; empty if the result's is the first
     * @throws IOException if our own files cannot be read
     */
    public Optional<String> fault(Work work, WorkResult result, Optional<BlobRef> like) throws IOException {
        if (result.student().isPresent()) {
            boolean gated =
                    work.kind() == Work.Kind.TRAIN && work.reads().model().isEmpty();
            StudentCheck check = new StudentCheck(BlobFolder.in(directory));
            Optional<String> fault = result.delta()
                    ? check.faultOfDelta(result.student().get(), like, gated)
                    : check.fault(result.student().get(), like, gated);
            if (fault.isPresent()) {
                return fault;
            }
        }
        Inspection inspection = new Inspection(directory);
        for (Artefact artefact : result.artefacts()) {
            boolean weights = ResultCheck.leavesBlob(work) || ResultCheck.isWeights(artefact);
            Optional<String> fault = weights ? inspection.faultOfWeights(artefact) : inspection.fault(artefact);
            if (fault.isPresent()) {
                return fault;
            }
        }
        return work.writes().flatMap(folder -> incomplete(folder, result));
    }

    /** What a model folder lacks to be one. */
    private Optional<String> incomplete(String model, WorkResult result) {
        Path folder = directory.resolve(model);
        Set<Path> told = result.artefacts().stream()
                .map(artefact -> directory.resolve(artefact.path()))
                .collect(Collectors.toSet());
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            Optional<Path> untold =
                    reader.files().stream().filter(file -> !told.contains(file)).findFirst();
            if (untold.isPresent()) {
                return Optional.of("the worker returned a bad model: it did not tell of " + untold.get());
            }
            Path config = folder.resolve(ResultCheck.MODEL_CONFIG);
            boolean readable = Files.size(config) <= MAX_CONFIG_BYTES
                    && JSON.readTree(Files.readAllBytes(config)).isObject();
            return readable
                    ? Optional.empty()
                    : Optional.of("the worker returned a bad model: " + config + " is no JSON object");
        } catch (JsonProcessingException e) {
            return Optional.of("the worker returned a bad model: " + ResultCheck.MODEL_CONFIG + " of " + model
                    + " is no JSON: " + e.getOriginalMessage());
        } catch (IOException | UserError e) {
            return Optional.of("the worker returned a bad model: " + e.getMessage());
        }
    }
}
