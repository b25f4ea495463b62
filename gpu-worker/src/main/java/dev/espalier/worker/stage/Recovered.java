package dev.espalier.worker.stage;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The smaller model with what the recover stage learnt.
 *
 * @param variant to lay over it
 */
record Recovered(Decoder model, Variant variant) implements AutoCloseable {

    /**
     * Loads it; as it was cut if the work names no student.
     *
     * @param scope owns the variant
     * @param folder stays open as long as the model
     */
    static Recovered load(Bench bench, Work work, NDManager scope, ModelFolder folder) throws IOException {
        if (work.reads().version().isEmpty()) {
            return new Recovered(bench.load(folder), Variant.INTACT);
        }
        Optional<RunConfig.Lora> lora = bench.config().recover().factors();
        Path student = bench.files().verify(work.reads().version().get());
        Decoder model = lora.isPresent() ? bench.load(folder) : bench.loadToTrain(folder);
        try (StudentFile version = StudentFile.open(student)) {
            if (lora.isPresent()) {
                NDList factors = LoraFactors.read(version, scope, model);
                return new Recovered(
                        model, new Variant(new NDList(), factors, lora.get().scale()));
            }
            AllWeights.read(version, model);
            return new Recovered(model, Variant.INTACT);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
