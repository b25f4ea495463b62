package dev.espalier.protocol;

import java.util.List;
import java.util.Optional;

/**
 * A piece of work for one worker.
 *
 * @param key identity and attempt
 * @param config the run's resolved configuration as HOCON/JSON text
 * @param directory the run folder, as the coordinator sees it
 * @param dataPlane address of the coordinator's data plane, for workers that do not see the folder; empty: all see it
 * @param model identity of the model that the run began with; empty if no result has told it yet
 * @param inputs files of earlier stages that the work reads
 * @param work what to do
 */
public record Assignment(
        AssignmentKey key,
        String config,
        String directory,
        Optional<String> dataPlane,
        Optional<String> model,
        List<Artefact> inputs,
        Work work) {

    /** For a worker that sees the run folder, of a run that begins. */
    public static Assignment inFolder(AssignmentKey key, String config, String directory, Work work) {
        return new Assignment(key, config, directory, Optional.empty(), Optional.empty(), List.of(), work);
    }
}
