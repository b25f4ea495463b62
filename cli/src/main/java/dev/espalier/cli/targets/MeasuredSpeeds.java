package dev.espalier.cli.targets;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.Interruption;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.evaluation.ShapeSpeed;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Measures them on this machine. What was measured once is in a file for the device and the model's shape: {@code {"of": "...",
 * "SHAPE": {"prefill", "decode"}, ...}}.
 */
public final class MeasuredSpeeds implements Speeds {
    private static final String OF = "of";

    /** Enough of a hash to tell a user's devices and models apart. */
    private static final int DIGITS = 16;

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private final Path folder;
    private final Optional<PrintWriter> err;

    private MeasuredSpeeds(Path folder, Optional<PrintWriter> err) {
        this.folder = folder;
        this.err = err;
    }

    /**
     * Measures what is not known yet.
     *
     * @param folder of the files
     * @param err hears of it, for it takes its time
     */
    public static Speeds measuring(Path folder, PrintWriter err) {
        return new MeasuredSpeeds(folder, Optional.of(err));
    }

    /** Knows what was measured before. */
    public static Speeds known(Path folder) {
        return new MeasuredSpeeds(folder, Optional.empty());
    }

    /** Where the user's are: {@code $XDG_CACHE_HOME/espalier/speed}, or in {@code ~/.cache}. */
    public static Path usual() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return base.resolve("espalier").resolve("speed");
    }

    @Override
    public List<ShapeSpeed> of(String device, LlamaConfig model, List<ModelShape> sizes) throws IOException {
        try (Torch torch = Torch.open(device)) {
            String of = words(torch) + "; " + words(model);
            Path file = folder.resolve(
                    Sha256.of(of.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS) + ".json");
            ObjectNode known = known(file, of);
            List<ShapeSpeed> speeds = new ArrayList<>();
            for (ModelShape size : sizes) {
                JsonNode found = known.path(size.toString());
                double prefill = found.path("prefill").asDouble();
                double decode = found.path("decode").asDouble();
                if (prefill > 0 && decode > 0) {
                    speeds.add(new ShapeSpeed(prefill, decode));
                } else {
                    ShapeSpeed speed = measured(torch, model, size);
                    speeds.add(speed);
                    known.putObject(size.toString())
                            .put("prefill", speed.prefill())
                            .put("decode", speed.decode());
                    keep(file, known);
                }
            }
            return speeds;
        }
    }

    /** What cannot be kept has been measured all the same, and will be again. */
    private void keep(Path file, ObjectNode known) {
        try {
            Files.createDirectories(folder);
            AtomicFiles.write(file, known.toPrettyString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            err.ifPresent(hearer -> hearer.println("what was measured cannot be kept in " + folder + " ("
                    + e.getMessage() + "): set XDG_CACHE_HOME to a folder that can be written"));
        }
    }

    private ShapeSpeed measured(Torch torch, LlamaConfig model, ModelShape size) {
        PrintWriter hearer = err.orElseThrow(() -> new UserError(
                "prune.target.latency-ratio: how fast smaller models are is not known for this machine yet: run 'espalier"
                        + " plan' of the configuration on one like the workers' and submit from there, or give"
                        + " prune.target.sparsity"));
        hearer.println("measuring the speed of " + size + ", once for this device and model");
        hearer.flush();
        LayerShape layer = new LayerShape(size.heads(), size.kvHeads(), size.intermediate());
        LlamaConfig smaller = model.withShapes(size.hidden(), Collections.nCopies(size.layers(), layer));
        Interruption interruption = Interruption.announce(hearer, "");
        try (interruption) {
            return ShapeSpeed.measure(torch, model, smaller, (done, total) -> {});
        }
    }

    /** Of another device or model there is nothing in it, should the names of two files be the same. */
    private static ObjectNode known(Path file, String of) {
        ObjectNode fresh = JsonNodeFactory.instance.objectNode().put(OF, of);
        if (!Files.exists(file)) {
            return fresh;
        }
        ObjectNode read;
        try {
            read = JsonFile.read(file);
        } catch (UserError e) {
            throw new UserError(e.getMessage() + " Delete it: speeds are measured anew then.", e);
        }
        return read.path(OF).asText().equals(of) ? read : fresh;
    }

    private static String words(LlamaConfig model) {
        return String.format(
                Locale.ROOT,
                "%s: %s, head size %d, %d tokens, %d positions%s",
                model.family().modelType(),
                model.shape(),
                model.headDim(),
                model.vocabularySize(),
                model.maxPositions(),
                model.tiedEmbeddings() ? ", tied" : "");
    }

    private static String words(Torch torch) throws IOException {
        String processor = Files.isReadable(PROCESSORS)
                ? Files.readString(PROCESSORS)
                        .lines()
                        .filter(line -> line.startsWith("model name"))
                        .findFirst()
                        .orElse("")
                        .replaceFirst("model name\\s*:\\s*", "")
                : "";
        return torch.deviceName() + ", " + processor + ", "
                + Runtime.getRuntime().availableProcessors() + " processors";
    }
}
