package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.RunCommand;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong on a worker's machine ends the stage with a cause that a person can act on, and {@code resume} goes on
 * after the repair. (A full disk: {@link FullDiskRunTest}.)
 */
class RepairedWorkerTest {
    @TempDir
    Path folder;

    private TinyCluster cluster;

    @BeforeEach
    void prepare() throws IOException {
        cluster = new TinyCluster(folder, "repaired-worker-test");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aTextThatCannotBeRead() throws Exception {
        Path text = folder.resolve("text.txt");
        Path elsewhere = Files.move(text, folder.resolve("elsewhere.txt"));
        cluster.startCoordinator();
        cluster.startWorker("without-text");
        cluster.submit();
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains(text.toString(), "does not exist");

        Files.createDirectory(text);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains(text.toString(), "is a directory");

        Files.delete(text);
        Files.move(elsewhere, text);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("COMPLETED");
    }

    @Test
    void aModelThatDoesNotFitIntoMemory() throws Exception {
        Path weights = folder.resolve("model/model.safetensors");
        Path config = folder.resolve("model/config.json");
        byte[] rightWeights = Files.readAllBytes(weights);
        byte[] rightConfig = Files.readAllBytes(config);
        enlarge(weights, config);
        cluster.startCoordinator();
        cluster.startWorker("small");
        cluster.submit();
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest())
                .contains(folder.resolve("model").toString(), "GiB of memory, and only", "model.dtype = bf16");

        Files.write(weights, rightWeights);
        Files.write(config, rightConfig);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("COMPLETED");
    }

    @Test
    void aModelThatIsNotTheOneOfTheRun() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle first = cluster.startWorker("worker");
        cluster.submit("prune.steps=400");
        cluster.awaitTraining();
        first.kill();
        Path weights = folder.resolve("model/model.safetensors");
        byte[] right = Files.readAllBytes(weights);
        byte[] wrong = right.clone();
        wrong[wrong.length - 1] ^= 1;
        Files.write(weights, wrong);
        cluster.startWorker("stranger");
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains("not the one that the run began with", "sha256sum");

        Files.write(weights, right);
        cluster.tell(RunCommand.Resume::new);
        int before = cluster.steps("prune").size();
        Eventually.holds(TinyCluster.LONG, () -> cluster.steps("prune").size() > before);
    }

    /** The same model with many more layers of much larger FFNs, in a sparse file that takes no room. */
    private static void enlarge(Path weights, Path configFile) throws IOException {
        int layers = 64;
        long intermediate = 1L << 24;
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode) json.readTree(configFile.toFile());
        config.put("num_hidden_layers", layers).put("intermediate_size", intermediate);
        json.writeValue(configFile.toFile(), config);

        ObjectNode small = header(weights);
        ObjectNode large = json.createObjectNode();
        long end = 0;
        for (Iterator<String> names = small.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            long[] shape = json.convertValue(small.get(name).path("shape"), long[].class);
            if (name.contains("mlp.")) {
                shape[name.contains("down_proj") ? 1 : 0] = intermediate;
            }
            long size = Float.BYTES * Arrays.stream(shape).reduce(1, Math::multiplyExact);
            for (int layer = 0; layer < (name.contains("layers.0.") ? layers : 1); layer++) {
                ObjectNode tensor = large.putObject(name.replace("layers.0.", "layers." + layer + "."));
                tensor.put("dtype", "F32").set("shape", json.valueToTree(shape));
                tensor.set("data_offsets", json.valueToTree(new long[] {end, end + size}));
                end += size;
            }
        }
        byte[] text = large.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(text.length)
                    .array());
            file.write(text);
            file.setLength(Long.BYTES + text.length + end);
        }
    }

    /** Of the first layer and of what is in no layer. */
    private static ObjectNode header(Path weights) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(file.getLong());
        ObjectNode header = (ObjectNode)
                new ObjectMapper().readTree(new String(file.array(), Long.BYTES, length, StandardCharsets.UTF_8));
        List<String> others = new ArrayList<>();
        header.fieldNames().forEachRemaining(others::add);
        others.removeIf(name -> !name.startsWith("__") && !name.matches("model\\.layers\\.[1-9].*"));
        return header.remove(others);
    }
}
