package dev.espalier.worker.work;

import dev.espalier.monitoring.meters.DeviceMeters;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.calibration.Calibration;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Metrics;
import dev.espalier.worker.calibration.Scores;
import dev.espalier.worker.checkpoint.FileHashes;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.ModelIdentity;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.data.PackedSequences;
import dev.espalier.worker.data.TokenCaches;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Precision;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.transfer.RunFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What a worker keeps open for a run between assignments, whatever its method: the intact model, its text, and the shape of
 * what can be pruned. Opened when first asked for, on the device's thread.
 */
public final class Bench implements AutoCloseable {
    /** Enough to see where training goes, and few enough to cost less than a step. */
    private static final int VALIDATION_SEQUENCES = 32;

    private final Torch torch;
    private final RunConfig config;
    private final Optional<String> base;
    private final RunFiles files;
    private final DeviceMeters meters;
    private final Metrics metrics;
    private ModelFolder folder;
    private Decoder intact;
    private Precision precision;
    private boolean byLayers;
    private PackedSequences sequences;
    private int[][] validation;
    private final Map<String, int[][]> heldOut = new HashMap<>();
    private String model;
    private Gone gone;

    /**
     * @param config as the stage sees it
     * @param base folder of the model that stands for the intact one; empty: itself
     */
    Bench(Torch torch, RunConfig config, Optional<String> base, RunFiles files, DeviceMeters meters, Metrics metrics) {
        this.torch = torch;
        this.config = config;
        this.base = base;
        this.files = files;
        this.meters = meters;
        this.metrics = metrics.configured(config);
    }

    public Torch torch() {
        return torch;
    }

    public RunConfig config() {
        return config;
    }

    public RunFiles files() {
        return files;
    }

    /** The run folder, or what stands for it here. */
    public Path directory() {
        return files.directory();
    }

    public DeviceMeters meters() {
        return meters;
    }

    /** What {@code prune.method} says. */
    String method() {
        return config.prune().method();
    }

    /** For the random numbers of a stage. */
    public long seed(Stage stage) {
        return config.seed() + stage.number();
    }

    /** For those of gates: the run's own seed in the first round, and in each that follows one that lies nowhere near. */
    public long gateSeed(Stage stage) {
        return stage.round() == 1 ? config.seed() : new SplittableRandom(seed(stage)).nextLong();
    }

    /** Times the steps of a stage. */
    public StepClock clock(Stage stage) {
        return new StepClock(meters, config.name(), stage);
    }

    /**
     * @param relative a path that an assignment names
     * @throws UserError if it leads out of the run folder
     */
    public Path path(String relative) {
        Path path = directory().resolve(relative).normalize();
        if (!path.startsWith(directory().normalize())) {
            throw new UserError("an assignment of " + directory() + " names " + relative + ", which is outside it");
        }
        return path;
    }

    /** Of the intact model, or of what stands for it. */
    public ModelFolder folder() {
        if (folder == null) {
            folder = ModelFolder.open(base.map(this::path).orElse(config.model().path()));
        }
        return folder;
    }

    /** Identity of the intact model. */
    public String model() throws IOException {
        if (model == null && base.isPresent()) {
            try (ModelFolder itself = ModelFolder.open(config.model().path())) {
                model = identity(itself);
            }
        } else if (model == null) {
            model = identity(folder());
        }
        return model;
    }

    private static String identity(ModelFolder model) throws IOException {
        return ModelIdentity.of(model, new FileHashes(TokenCaches.folder().resolveSibling("hashes")))
                .sha256();
    }

    /** @throws UserError if the intact model is not the one that the run began with */
    void requireModel(Optional<String> expected) throws IOException {
        if (expected.isPresent() && !model().equals(expected.get())) {
            throw new UserError("the model in " + config.model().path()
                    + " is not the one that the run began with (identity " + model() + " instead of " + expected.get()
                    + "): copy config.json, tokenizer.json and the weights from where the run was begun, and compare"
                    + " them with sha256sum");
        }
    }

    /** The intact model in float32, or in a later round what stands for it. */
    public Decoder intact() {
        return intact(Precision.F32);
    }

    /** The intact model as training computes with it. */
    public Decoder intactForTraining() {
        return intact(trainingPrecision());
    }

    private Decoder intact(Precision wanted) {
        if (intact == null || precision != wanted || byLayers) {
            releaseIntact();
            intact = load(folder(), wanted);
            precision = wanted;
        }
        return intact;
    }

    /**
     * {@link #intact()} for what goes through its layers once and takes each by {@link Decoder#layer}: read a layer at a time,
     * unless all of it is here.
     */
    public Decoder intactByLayers() {
        if (intact == null || precision != Precision.F32) {
            releaseIntact();
            intact = Decoder.byLayers(torch, folder(), positions());
            precision = Precision.F32;
            byLayers = true;
        }
        return intact;
    }

    public Precision trainingPrecision() {
        return Precision.of(config.model().dtype());
    }

    /** Gives the intact model back until it is asked for again, so that there are never two copies of a model. */
    public void releaseIntact() {
        if (intact != null) {
            intact.close();
            intact = null;
            byLayers = false;
        }
    }

    /** {@link #load(ModelFolder, Precision)} in float32. */
    public Decoder load(ModelFolder model) {
        return load(model, Precision.F32);
    }

    /**
     * A decoder for this run's sequences; the caller closes it, and keeps the folder open as long.
     *
     * @throws UserError if there is too little memory for it
     */
    public Decoder load(ModelFolder model, Precision wanted) {
        return load(model, wanted, 0);
    }

    /** {@link #load(ModelFolder, Precision)}, for sequences of {@code longest} tokens as well. */
    public Decoder load(ModelFolder model, Precision wanted, int longest) {
        return Decoder.load(
                torch, model, Math.max(positions(), longest), config.model().activationCheckpointing(), wanted);
    }

    /** {@link #load(ModelFolder)} with weights that training may write to. */
    public Decoder loadToTrain(ModelFolder model) {
        return loadToTrain(model, 0);
    }

    /** {@link #loadToTrain(ModelFolder)}, for sequences of {@code longest} tokens as well. */
    public Decoder loadToTrain(ModelFolder model, int longest) {
        return Decoder.loadToTrain(
                torch, model, Math.max(positions(), longest), config.model().activationCheckpointing());
    }

    private int positions() {
        return Math.max(config.data().sequenceLength(), calibrationWindow().tokens());
    }

    public PackedSequences sequences() {
        if (sequences == null) {
            sequences = open(config.data().train(), Window.training(config.data()));
        }
        return sequences;
    }

    /** The same few sequences of data.validation each time; none if there is no such text. */
    public int[][] validationRows() {
        if (validation == null) {
            PackedSequences source = config.data().validation().isEmpty()
                    ? null
                    : open(config.data().validation(), Window.training(config.data()));
            validation = source == null
                    ? new int[0][]
                    : source.batch(0, (int) Math.min(VALIDATION_SEQUENCES, source.available()));
        }
        return validation;
    }

    /**
     * Rows of a step.
     *
     * @throws UserError if a domain has no more, and shall not be repeated
     */
    public int[][] trainingRows(Cursor at, int count) {
        if (config.data().mix().exhausted() != RunConfig.Exhausted.REPEAT) {
            sequences().requireUnread(at, count);
        }
        return sequences().batch(at, count);
    }

    /** The first rows of a domain's validation text, the same each time. */
    public int[][] heldOut(String domain, int rows) {
        return heldOut.computeIfAbsent(domain, name -> {
            List<RunConfig.TextSource> texts = config.data().validation().stream()
                    .filter(text -> text.domain().equals(name))
                    .toList();
            PackedSequences source = open(texts, Window.training(config.data()));
            return source.batch(0, (int) Math.min(rows, source.available()));
        });
    }

    private PackedSequences open(List<RunConfig.TextSource> texts, Window window) {
        try (Tokenizer tokenizer = folder().openTokenizer()) {
            return PackedSequences.open(
                    texts,
                    tokenizer,
                    folder().config().documentSeparator(),
                    TokenCaches.folder(),
                    window,
                    config.seed(),
                    documents -> {});
        }
    }

    private Window calibrationWindow() {
        return Window.calibration(config.data(), folder().config());
    }

    public int[][] calibrationRows() {
        PackedSequences source = open(config.data().train(), calibrationWindow());
        int count = Math.max(1, config.calibrate().tokens() / source.length());
        // Statistics are of all that a model reads.
        return LearntTokens.ids(source.batch(0, (int) Math.min(count, source.available())));
    }

    /** The first training sequences, whose loss calibration takes gradients of. */
    public int[][] gradientRows() {
        int count =
                Math.max(1, config.calibrate().gradientTokens() / sequences().length());
        return sequences().batch(0, (int) Math.min(count, sequences().available()));
    }

    public PrunableShape shape() {
        return PrunableShape.of(folder().config(), config);
    }

    /** What earlier rounds removed. */
    public Gone gone() throws IOException {
        if (gone == null) {
            gone = base.isPresent() ? Gone.outside(KeptFile.read(path(RunLayout.keptBefore(base.get())))) : Gone.NONE;
        }
        return gone;
    }

    /** The shape of every layer at the end, if they shall be alike. */
    public Optional<UniformShape> uniform() throws IOException {
        return config.export().uniform() ? Optional.of(uniformShape()) : Optional.empty();
    }

    public UniformShape uniformShape() throws IOException {
        return UniformShape.of(shape(), config, gone().most(shape()));
    }

    public Metrics metrics() {
        return metrics;
    }

    public Calibration calibration(Decoder model) {
        return new Calibration(model, shape(), config.calibrate());
    }

    /** Scores from the calibrate stage, if the work reads them; those by a metric that needs no text also without it. */
    public MaskSet scores(Work work, String name) throws IOException {
        Metric metric = metrics.named(name);
        Optional<BlobRef> calibration = work.reads().blob(Work.Reads.CALIBRATION);
        if (calibration.isPresent()) {
            return Scores.read(files.verify(calibration.get()), shape().filled(0))
                    .of(metric);
        }
        if (!metric.needsText()) {
            return calibration(intactByLayers()).ofWeights(metric);
        }
        throw new UserError("prune needs the scores of the calibrate stage; add calibrate to stages");
    }

    @Override
    public void close() throws IOException {
        releaseIntact();
        if (folder != null) {
            folder.close();
        }
        files.close();
    }
}
