package dev.espalier.worker.stage;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Work;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import java.io.IOException;

/**
 * The smaller model with what it learnt after it was made: factors over its weights, or all of these.
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
        try (StudentFile version =
                StudentFile.open(bench.files().verify(work.reads().version().get()))) {
            return AllWeights.areIn(version) ? weights(bench, folder, version) : factors(bench, folder, version, scope);
        }
    }

    private static Recovered weights(Bench bench, ModelFolder folder, StudentFile version) {
        Decoder model = bench.loadToTrain(folder);
        try {
            AllWeights.read(version, model);
            return new Recovered(model, Variant.INTACT);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static Recovered factors(Bench bench, ModelFolder folder, StudentFile version, NDManager scope) {
        Decoder model = bench.load(folder);
        try {
            NDList factors = LoraFactors.read(version, scope, model);
            double scale = bench.config().recover().lora().scale();
            return new Recovered(model, new Variant(new NDList(), factors, scale));
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
