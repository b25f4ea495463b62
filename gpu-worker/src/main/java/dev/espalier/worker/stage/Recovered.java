package dev.espalier.worker.stage;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Work;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.nio.file.Path;

/** What the recover stage learnt. */
final class Recovered {
    private Recovered() {}

    /** To lay over the smaller model; nothing if the work names no student. */
    static Variant of(Bench bench, Work work, NDManager scope, Decoder small) throws IOException {
        if (work.reads().version().isEmpty()) {
            return Variant.INTACT;
        }
        Path student = bench.files().verify(work.reads().version().get());
        try (StudentFile version = StudentFile.open(student)) {
            NDList factors = LoraFactors.read(version, scope, small);
            return new Variant(
                    new NDList(), factors, bench.config().recover().lora().scale());
        }
    }
}
