package dev.espalier.worker.training;

import dev.espalier.protocol.Assignment;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.function.Function;

/** The smaller model in memory of its own, where its weights may be trained, and the folder that it is read from. */
public final class SmallModel implements AutoCloseable {
    private final ModelFolder folder;
    private final Function<ModelFolder, Decoder> load;
    private Decoder decoder;

    /** Whether its weights may be others than the folder's. */
    private boolean trained;

    private SmallModel(ModelFolder folder, Function<ModelFolder, Decoder> load) {
        this.folder = folder;
        this.load = load;
        this.decoder = load.apply(folder);
    }

    /**
     * @param first names the model
     * @param load how it is read
     */
    public static SmallModel open(Bench bench, Assignment first, Function<ModelFolder, Decoder> load)
            throws IOException {
        ModelFolder folder =
                ModelFolder.open(bench.path(first.work().reads().model().orElseThrow()));
        try {
            return new SmallModel(folder, load);
        } catch (RuntimeException | Error e) {
            folder.close();
            throw e;
        }
    }

    public Decoder decoder() {
        return decoder;
    }

    /** With the folder's weights again, if it may have others. */
    public Decoder fresh() {
        if (trained) {
            decoder.close();
            decoder = load.apply(folder);
            trained = false;
        }
        return decoder;
    }

    /** To change its weights. */
    public Decoder toTrain() {
        trained = true;
        return decoder;
    }

    @Override
    public void close() {
        decoder.close();
        folder.close();
    }
}
