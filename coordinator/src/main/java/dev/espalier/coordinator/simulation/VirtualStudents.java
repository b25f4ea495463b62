package dev.espalier.coordinator.simulation;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Student files as workers write them, of any size and with random content. */
public final class VirtualStudents {
    private VirtualStudents() {}

    /**
     * Writes a student.
     *
     * @param trainables numbers that training changes; the file has two moments for each, too
     * @param seed of the content
     */
    public static BlobRef write(BlobFolder blobs, int trainables, long seed) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String name : new String[] {"lora.0.q.a", "lora.0.q.a.first", "lora.0.q.a.second"}) {
            shapes.put(name, new long[] {trainables});
        }
        float[] values = new float[Math.multiplyExact(3, trainables)];
        Random random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        Map<String, String> metadata = Map.of("espalier.student", "1", "lora.steps", "10");
        return blobs.stream(new FlatTensors(shapes, metadata, values)::write);
    }
}
