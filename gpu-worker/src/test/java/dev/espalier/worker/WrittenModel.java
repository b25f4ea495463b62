package dev.espalier.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.TensorInfo;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** A model folder as it may come from anywhere: random weights, some of them replaced, added or left out. */
public final class WrittenModel {
    private final Map<String, long[]> shapes;
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final ObjectNode json;

    private WrittenModel(LlamaConfig config) {
        this.json = config.toJson(Dtype.F32);
        this.shapes = new LinkedHashMap<>(WeightShapes.of(config));
        SplittableRandom random = new SplittableRandom(5);
        shapes.forEach((name, shape) -> {
            float[] content = new float[(int) TensorInfo.elements(shape)];
            for (int i = 0; i < content.length; i++) {
                content[i] = (float) (name.contains("norm") ? 1 : random.nextGaussian() / 4);
            }
            values.put(name, content);
        });
    }

    public static WrittenModel of(LlamaConfig config) {
        return new WrittenModel(config);
    }

    /** One number of a weight. */
    public WrittenModel with(String name, int element, float value) {
        values.get(name)[element] = value;
        return this;
    }

    /** Every number of a weight. */
    public WrittenModel filled(String name, float value) {
        Arrays.fill(values.get(name), value);
        return this;
    }

    /** A tensor more. */
    public WrittenModel with(String name, long[] shape, float[] content) {
        shapes.put(name, shape);
        values.put(name, content);
        return this;
    }

    public WrittenModel without(String name) {
        shapes.remove(name);
        values.remove(name);
        return this;
    }

    /** A field of config.json. */
    public WrittenModel set(String field, boolean value) {
        json.put(field, value);
        return this;
    }

    public float[] values(String name) {
        return values.get(name);
    }

    /** Writes the folder, with the tokenizer of tiny runs. */
    public Path write(Path folder, Dtype dtype) throws IOException {
        return write(folder, dtype, 1 << 20);
    }

    /** @param shardBytes of a file at most */
    public Path write(Path folder, Dtype dtype, long shardBytes) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), json.toPrettyString());
        TinyRun.writeTokenizer(folder);
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, shapes, dtype, shardBytes, Map.of())) {
            values.forEach(writer::add);
            writer.finish();
        }
        return folder;
    }
}
