package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.torch.Torch;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** A tiny model, and what PyTorch and transformers computed with it ({@code fixtures/FIXTURES.md}). */
public final class Fixture implements AutoCloseable {
    final Torch torch = Torch.open("cpu");
    final NDManager scope = torch.scope();
    final ModelFolder folder;
    final SafetensorsReader expected;
    final LlamaConfig config;

    private Fixture(Path path, String file) {
        folder = ModelFolder.open(path);
        config = folder.config();
        expected = SafetensorsReader.open(path.resolve(file));
    }

    public static Fixture open(String name, String file) {
        return new Fixture(path(name), file);
    }

    public static Path path(String name) {
        try {
            return Path.of(Fixture.class.getResource("/fixtures/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Decoder decoder(boolean recompute) {
        return Decoder.load(torch, folder, 128, recompute);
    }

    /** [B, S] int64. */
    NDArray ids() {
        return torch.ints(scope, idValues(), expected.info("input_ids").shape());
    }

    int[] idValues() {
        ByteBuffer bytes = expected.bytes("input_ids");
        IntBuffer ints = bytes.asIntBuffer();
        int[] values = new int[ints.remaining()];
        ints.get(values);
        return values;
    }

    /** Next-token labels [B*S], -100 at the last position of each sequence. */
    NDArray labels() {
        int length = (int) expected.info("input_ids").shape()[1];
        int[] ids = idValues();
        int[] labels = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            labels[i] = (i + 1) % length == 0 ? -100 : ids[i + 1];
        }
        return torch.ints(scope, labels, labels.length);
    }

    NDArray tensor(String name) {
        return torch.floats(scope, expected.floats(name), expected.info(name).shape());
    }

    /** The fixture's masks and factors. */
    Variant student() {
        NDList masks = new NDList(tensor("mask.hidden"));
        NDList lora = new NDList();
        for (int layer = 0; layer < config.layers().size(); layer++) {
            LayerShape shape = config.layers().get(layer);
            masks.add(row("mask.heads", layer, shape.queryHeads()));
            masks.add(row("mask.ffn", layer, shape.intermediate()));
            for (Slot slot : Slot.PROJECTIONS) {
                lora.add(tensor("lora." + layer + "." + slot.word() + ".a"));
                lora.add(tensor("lora." + layer + "." + slot.word() + ".b"));
            }
        }
        return new Variant(masks, lora, 2);
    }

    private NDArray row(String name, int layer, int length) {
        float[] all = expected.floats(name);
        float[] row = Arrays.copyOfRange(all, layer * length, (layer + 1) * length);
        return torch.floats(scope, row, length);
    }

    @Override
    public void close() {
        expected.close();
        folder.close();
        torch.close();
    }
}
