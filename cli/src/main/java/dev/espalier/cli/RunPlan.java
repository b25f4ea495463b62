package dev.espalier.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.progress.ByteSize;
import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.export.ExportFormat;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a run would do, from headers only.
 *
 * @param prunable parameters that sparsity is a share of
 * @param uniform the shape of every layer at the end, if they shall be alike
 * @param layers that stay
 * @param rule by which a shape follows from the configuration; empty where there is nothing to say
 */
public record RunPlan(
        RunConfig config,
        LlamaConfig model,
        Path directory,
        long prunable,
        Optional<UniformShape> uniform,
        int layers,
        String rule) {
    private static final int BYTES = 4;

    /** Weights and Adam's two moments. */
    private static final int STUDENT_COPIES = 3;

    /** Journal, logs, report; far more than they take. */
    private static final long REST = 32L << 20;

    /** @throws UserError if this model cannot be pruned so */
    public static RunPlan of(RunConfig config, LlamaConfig model, Path directory) {
        if (!config.stages().contains(Stage.PRUNE)) {
            return new RunPlan(
                    config,
                    model,
                    directory,
                    0,
                    Optional.empty(),
                    model.layers().size(),
                    "");
        }
        PrunableShape shape = PrunableShape.of(model, config);
        Optional<Method.Shaped> shaped = method(config).shape(config, model.shape(), model::parameters);
        if (shaped.isPresent()) {
            ModelShape after = shaped.get().shape();
            UniformShape alike = new UniformShape(after.hidden(), after.heads(), after.kvHeads(), after.intermediate());
            return new RunPlan(
                    config,
                    model,
                    directory,
                    shape.total(),
                    Optional.of(alike),
                    after.layers(),
                    shaped.get().rule());
        }
        Optional<UniformShape> uniform = method(config).uniform(config) ? uniform(shape, config) : Optional.empty();
        int layers = method(config).layers(config, shape.layers());
        return new RunPlan(config, model, directory, shape.total(), uniform, layers, "");
    }

    private static Optional<UniformShape> uniform(PrunableShape shape, RunConfig config) {
        UniformShape left = UniformShape.intact(shape);
        List<Double> rounds = config.prune().rounds();
        for (int round = 1; round <= rounds.size(); round++) {
            left = UniformShape.of(shape, config.reaching(rounds.subList(0, round)), left);
        }
        return Optional.of(left);
    }

    /** Exact where all layers are to be alike or whole layers go, else as near as the target is met. */
    public long parametersAfter() {
        if (uniform.isPresent()) {
            return model.parameters(after(uniform.get()));
        }
        return losesLayers()
                ? model.keeping(IntStream.range(0, layers).toArray()).parameters()
                : model.parameters() - Math.round(config.prune().sparsity() * prunable);
    }

    /** The model that is exported, where its shape is known beforehand; else the one it is made of. */
    LlamaConfig modelAfter() {
        return uniform.map(kept -> model.withShapes(
                        kept.hidden(),
                        Collections.nCopies(
                                layers, new LayerShape(kept.queryHeads(), kept.kvHeads(), kept.intermediate()))))
                .orElse(model);
    }

    private ModelShape after(UniformShape kept) {
        return new ModelShape(
                layers, kept.hidden(), kept.queryHeads(), kept.kvHeads(), model.headDim(), kept.intermediate());
    }

    /** The shape that is left, where layers will be alike. */
    public Optional<ModelShape> shapeAfter() {
        return uniform.map(this::after).or(() -> Optional.of(model.shape())
                .filter(before -> losesLayers())
                .map(before -> new ModelShape(
                        layers,
                        before.hidden(),
                        before.heads(),
                        before.kvHeads(),
                        before.headDim(),
                        before.intermediate())));
    }

    /** Share of the prunable parameters that goes: exact where the shape is known that is left. */
    public double share() {
        return shapeAfter()
                .map(after -> 1 - (double) after.prunable() / prunable)
                .orElse(config.prune().sparsity());
    }

    /** What is asked for, and what it leads to: a sentence. */
    public String target() {
        RunConfig.Prune prune = config.prune();
        String asked = prune.target().equals(Target.SPARSITY)
                ? prune.target().key() + " = "
                        + (prune.rounds().size() == 1 ? prune.rounds().get(0) : prune.rounds())
                : prune.target().told();
        String shape = shapeAfter().map(ModelShape::toString).orElse("layers that differ");
        return String.format(
                Locale.ROOT,
                "%s: %s; %s%s parameters, %s (%d bytes) of %s, %.2f %% of the prunable ones gone",
                asked,
                shape,
                shapeAfter().isPresent() ? "" : "about ",
                count(parametersAfter()),
                ByteSize.of(exportBytes()),
                exportBytes(),
                config.export().dtype(),
                100 * share());
    }

    boolean losesLayers() {
        return layers < model.layers().size();
    }

    /** Share of the prunable parameters that goes. */
    private double sparsity() {
        if (!rule.isEmpty()) {
            return 1 - (double) after(uniform.orElseThrow()).prunable() / prunable;
        }
        return losesLayers()
                ? 1 - (double) layers / model.layers().size()
                : config.prune().sparsity();
    }

    /** Bytes of the weights that users take away. */
    public long exportBytes() {
        return parametersAfter()
                * Dtype.valueOf(config.export().dtype().toUpperCase(Locale.ROOT))
                        .bytes();
    }

    /** Bytes that the run folder may grow to; generous. */
    public long bytesNeeded() {
        if (prunable == 0) {
            return REST;
        }
        long students = config.checkpoint().keep() + 2L + method(config).keeps(config);
        int bases = Math.max(0, Rounds.of(config.stages()).count() - 1);
        int copies = plan().models().size() - bases;
        // zeros may fill a format up, but not beyond the intact model
        int filled = ExportFormat.of(config.export()).size();
        long weights = copies * parametersAfter() + (bases + filled) * model.parameters();
        return BYTES * weights + students * studentBytes() + REST;
    }

    private static Method method(RunConfig config) {
        return Methods.policy(config.prune().method());
    }

    private StagePlan plan() {
        return new StagePlan(config, Methods.stages());
    }

    /** Of a version, with its optimizers' moments. */
    private long studentBytes() {
        boolean intact = prunable > 0 && method(config).trainsWeights(config);
        boolean all = config.stages().contains(Stage.PRETRAIN)
                || (config.stages().contains(Stage.RECOVER)
                        && config.recover().factors().isEmpty());
        long weights = intact ? model.parameters() : all ? parametersAfter() : 0;
        return Math.max(factors(), weights) * STUDENT_COPIES * BYTES;
    }

    /** LoRA's parameters. */
    private long factors() {
        long rank =
                Math.max(config.prune().lora().rank(), config.recover().lora().rank());
        LayerShape layer = model.layers().get(0);
        long attention = 4L * (model.hiddenSize() + (long) layer.queryHeads() * model.headDim());
        long ffn = 3L * (model.hiddenSize() + layer.intermediate());
        return rank * (attention + ffn) * model.layers().size();
    }

    public long bytesFree() throws IOException {
        Path existing = directory;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    /** @throws UserError if a run that starts afresh would fill the disk */
    void checkDisk() throws IOException {
        if (Files.exists(directory.resolve(RunLayout.MANIFEST))) {
            return;
        }
        long free = bytesFree();
        if (free < bytesNeeded()) {
            throw new UserError("the run folder " + directory + " may grow to " + ByteSize.of(bytesNeeded())
                    + ", but only " + ByteSize.of(free) + " are free there: free some space, or use another --out");
        }
    }

    /**
     * Adds {@code "run", "folder", "parameters": {"before", "prunable", "after"}, "export-bytes", "disk-bytes"}, if anything is
     * pruned the sentence {@code "target"}, and where all layers are to be alike, {@code "shape": {"hidden", "query-heads", "kv-heads", "ffn"}}; where whole layers go, {@code
     * "layers": {"before", "after"}}.
     */
    public void write(ObjectNode document) {
        document.put("run", config.name()).put("folder", directory.toString());
        document.putObject("parameters")
                .put("before", model.parameters())
                .put("prunable", prunable)
                .put("after", parametersAfter());
        if (config.stages().contains(Stage.EXPORT)) {
            document.put("export-bytes", exportBytes());
        }
        document.put("disk-bytes", bytesNeeded());
        if (prunable > 0) {
            document.put("target", target());
        }
        if (losesLayers()) {
            document.putObject("layers").put("before", model.layers().size()).put("after", layers);
        }
        uniform.ifPresent(kept -> document.putObject("shape")
                .put("hidden", kept.hidden())
                .put("query-heads", kept.queryHeads())
                .put("kv-heads", kept.kvHeads())
                .put("ffn", kept.intermediate()));
    }

    /** Several lines, for people. */
    public String summary() throws IOException {
        StringBuilder text = new StringBuilder();
        line(text, "run", config.name() + ", in " + directory);
        line(
                text,
                "model",
                config.model().path() + ": " + model.family().modelType() + ", "
                        + model.layers().size() + " layers, " + count(model.parameters()) + " parameters");
        line(text, "stages", config.stages().stream().map(Stage::word).collect(Collectors.joining(", ")));
        if (prunable > 0) {
            line(text, "target", target());
            line(text, "prune", pruning());
        }
        if (!rule.isEmpty()) {
            line(text, "shape", rule);
        }
        if (config.stages().contains(Stage.RECOVER)) {
            RunConfig.Recover recover = config.recover();
            boolean asks = recover.objective() == RunConfig.Objective.CHOICES;
            line(
                    text,
                    "recover",
                    asks
                            ? recover.steps() + " steps of " + recover.batchSize() + " questions with all their choices"
                            : steps(recover.steps(), recover.batchSize()));
        }
        if (config.stages().contains(Stage.PRETRAIN)) {
            RunConfig.Pretrain pretrain = config.pretrain();
            line(text, "pretrain", steps(pretrain.steps(), pretrain.batchSize()));
        }
        if (config.stages().contains(Stage.EXPORT)) {
            line(
                    text,
                    "export",
                    String.format(
                            Locale.ROOT,
                            "%s parameters, %s of %s",
                            count(parametersAfter()),
                            ByteSize.of(exportBytes()),
                            config.export().dtype()));
        }
        line(text, "disk", "up to " + ByteSize.of(bytesNeeded()) + ", " + ByteSize.of(bytesFree()) + " free");
        return text.toString().stripTrailing();
    }

    private String pruning() {
        RunConfig.Prune prune = config.prune();
        int rounds = Rounds.of(config.stages()).count();
        int taken = plan().steps(Stage.PRUNE);
        String steps = taken > 0 ? ", " + steps(taken, prune.batchSize()) : "";
        String shape = uniform.map(kept -> (losesLayers() ? ", " + layers + " layers" : "") + ", every layer with "
                        + kept.queryHeads() + " query heads, " + kept.kvHeads() + " KV heads and " + kept.intermediate()
                        + " FFN channels of hidden size " + kept.hidden())
                .orElseGet(() -> losesLayers()
                        ? ", " + layers + " of " + model.layers().size() + " layers, each as it was"
                        : "");
        String reached = prune.rounds().stream()
                .map(share -> String.format(
                        Locale.ROOT, "%.1f %%", 100 * (losesLayers() || !rule.isEmpty() ? sparsity() : share)))
                .collect(Collectors.joining(", then "));
        return prune.method() + steps + (rounds > 1 ? ", in each of " + rounds + " rounds; " : "; ") + reached + " of "
                + count(prunable) + " prunable parameters, about " + count(parametersAfter()) + " stay" + shape;
    }

    private String steps(int steps, int batch) {
        return steps + " steps of " + batch + "x" + config.data().sequenceLength() + " tokens";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-8s %s%n", name, value));
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
    }
}
