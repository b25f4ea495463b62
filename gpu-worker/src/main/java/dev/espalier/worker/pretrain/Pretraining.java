package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.ResolvedPretrain;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.ShardIndex;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.PackedSequences;
import dev.espalier.worker.data.TokenCaches;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.NonFiniteSteps;
import dev.espalier.worker.training.StudentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A small LLaMA from scratch ({@code espalier pretrain}). The same command on the same folder goes on from the last
 * checkpoint; the model folder appears when training is over.
 */
public final class Pretraining {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String CHECKPOINT = "checkpoint.safetensors";
    private static final double EPSILON = 1e-8;

    // In the checkpoint's metadata: the next step to take, and the configuration, which a resumed training must share.
    private static final String STEP = "step";
    private static final String CONFIG = "config";

    /** Hears of every step. */
    public interface Listener {
        void stepped(int step, int steps, double loss, double learningRate, double tokensPerSecond);
    }

    private Pretraining() {}

    /** @param out receives config.json, weights and tokenizer; a checkpoint while training */
    public static void run(ResolvedPretrain resolved, Path out, Listener listener) throws IOException {
        PretrainConfig config = resolved.config();
        Path tokenizerJson = Files.isDirectory(config.tokenizer())
                ? config.tokenizer().resolve(TOKENIZER)
                : config.tokenizer().toAbsolutePath();
        if (!tokenizerJson.endsWith(TOKENIZER)) {
            // The model is given its tokenizer's folder, where programs look for files of fixed names.
            throw new UserError(config.tokenizer() + " is not named " + TOKENIZER + ": rename it, or name its folder");
        }
        Path checkpoint = out.resolve(CHECKPOINT);
        // The weights appear last. While there is a checkpoint beside them, nobody was told that the model is whole.
        if (!Files.exists(checkpoint)) {
            requireFree(out, tokenizerJson.toAbsolutePath().getParent());
        }
        Files.createDirectories(out);
        AtomicFiles.dropLeftovers(out, Instant.now());
        try (Torch torch = Torch.open(config.device());
                Tokenizer tokenizer = Tokenizer.open(tokenizerJson)) {
            int endOfText = EndOfText.of(tokenizerJson);
            LlamaConfig shape = NewModel.config(config.model(), tokenizer.vocabularySize(), endOfText);
            PackedSequences data = PackedSequences.open(
                    config.data().train(),
                    tokenizer,
                    OptionalInt.of(endOfText),
                    TokenCaches.folder(),
                    Window.training(config.data()),
                    config.seed(),
                    documents -> {});
            NDManager owner = torch.scope();
            NDList weights = NewModel.weights(torch, owner, shape, config.seed());
            int length = config.data().sequenceLength();
            try (Decoder model = Decoder.of(torch, owner, shape, weights, length, config.activationCheckpointing());
                    AllWeights student = new AllWeights(model, optimizer(config), config.clip(), true)) {
                int first = Files.exists(checkpoint) ? resume(checkpoint, student, resolved.text()) : 0;
                train(resolved, new LanguageTrainer(model, student), data, first, checkpoint, listener);
                if (!Files.exists(checkpoint)) {
                    // Files that a kill leaves without weights are then known as this training's.
                    save(checkpoint, student, config.steps(), resolved.text());
                }
                Dtype dtype = Dtype.byName(config.dtype()).orElseThrow();
                HfExport.write(model, Variant.INTACT, tokenizerJson.getParent(), out, dtype, layer -> {});
            }
        }
        Files.deleteIfExists(checkpoint);
    }

    /**
     * A new or empty folder, or that of the tokenizer, which a model can join.
     *
     * @throws UserError if something would be replaced, or mixed with the model
     */
    private static void requireFree(Path out, Path tokenizer) throws IOException {
        if (!Files.exists(out)) {
            return;
        } else if (!Files.isDirectory(out)) {
            throw new UserError(out + " is a file: give a new or empty folder with --out");
        }
        Set<String> names = names(out);
        if (names.contains(SafetensorsReader.SINGLE_FILE) || names.contains(ShardIndex.NAME)) {
            throw new UserError(out + " already holds a trained model; give another --out");
        }
        boolean joins = Files.isSameFile(out, tokenizer);
        for (String name : names) {
            if (!joins || name.equals(HfExport.CONFIG) || name.endsWith(".safetensors")) {
                throw new UserError(out + " already holds " + name + ", and no checkpoint of a training: give a new or"
                        + " empty folder with --out");
            }
        }
    }

    /** What is in a folder, but for halves of files. */
    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !AtomicFiles.isLeftover(file))
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static AdamW.Settings optimizer(PretrainConfig config) {
        return new AdamW.Settings(config.betas().first(), config.betas().second(), EPSILON, config.weightDecay());
    }

    /** @return the step to go on with */
    private static int resume(Path checkpoint, AllWeights student, String config) {
        try (StudentFile file = StudentFile.open(checkpoint)) {
            if (!config.equals(file.setting(CONFIG))) {
                throw new UserError(checkpoint + " belongs to a training with another configuration;"
                        + " give another --out, or delete it to begin anew");
            }
            file.readValues(student);
            file.readMoments(student);
            return Math.toIntExact(Math.min(Integer.MAX_VALUE, file.count(STEP)));
        }
    }

    private static void train(
            ResolvedPretrain resolved,
            LanguageTrainer trainer,
            PackedSequences data,
            int first,
            Path checkpoint,
            Listener listener) {
        PretrainConfig config = resolved.config();
        PretrainConfig.LearningRate rates = config.learningRate();
        NonFiniteSteps nonFinite = new NonFiniteSteps("lower learning-rate.peak");
        for (int step = first; step < config.steps(); step++) {
            long start = System.nanoTime();
            double rate = LearningRate.cosine(rates.peak(), rates.last(), step, rates.warmupSteps(), config.steps());
            int[][] rows = data.batch((long) step * config.batchSize(), config.batchSize());
            LanguageTrainer.Outcome outcome = trainer.step(rows, rate);
            nonFinite.see(step, outcome.isFinite(), config.steps());
            double seconds = (System.nanoTime() - start) / 1e9;
            listener.stepped(
                    step,
                    config.steps(),
                    outcome.loss(),
                    rate,
                    (double) config.batchSize() * config.data().sequenceLength() / seconds);
            boolean due = (step + 1) % config.checkpointInterval() == 0 && step + 1 < config.steps();
            if (due) {
                save(checkpoint, trainer.weights(), step + 1, resolved.text());
            }
        }
    }

    private static void save(Path checkpoint, AllWeights student, int step, String config) {
        StudentFile.write(checkpoint, student, Map.of(STEP, Integer.toString(step), CONFIG, config));
    }
}
