package dev.espalier.worker.work;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Building results. */
public final class Results {
    private Results() {}

    /** @param measurements what was found out besides; {} if nothing */
    public static WorkResult student(AssignmentKey key, BlobRef student, double sparsity, ObjectNode measurements) {
        return new WorkResult(key, Optional.of(student), sparsity, List.of(), measurements.toString());
    }

    /** @param delta what training changed of the version that it started from */
    public static WorkResult delta(AssignmentKey key, BlobRef delta, double sparsity, ObjectNode measurements) {
        return new WorkResult(key, Optional.of(delta), sparsity, List.of(), measurements.toString(), true);
    }

    public static WorkResult files(AssignmentKey key, List<Artefact> artefacts, ObjectNode measurements) {
        return new WorkResult(key, Optional.empty(), Double.NaN, artefacts, measurements.toString());
    }

    public static WorkResult measured(AssignmentKey key, ObjectNode measurements) {
        return files(key, List.of(), measurements);
    }

    public static List<Artefact> artefacts(Path directory, List<Path> files) throws IOException {
        List<Artefact> artefacts = new ArrayList<>();
        for (Path file : files) {
            artefacts.add(artefact(directory, file));
        }
        return artefacts;
    }

    public static Artefact artefact(Path directory, Path file) throws IOException {
        String path = directory.relativize(file).toString().replace('\\', '/');
        return new Artefact(path, Sha256.of(file), Files.size(file));
    }

    /** Every file below {@code folder} but halves that an earlier attempt left. */
    public static List<Artefact> artefacts(Path directory, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return artefacts(
                    directory,
                    files.filter(Files::isRegularFile)
                            .filter(file -> !AtomicFiles.isLeftover(file))
                            .sorted()
                            .toList());
        }
    }
}
