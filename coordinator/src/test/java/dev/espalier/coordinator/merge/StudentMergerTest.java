package dev.espalier.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentMergerTest {
    @TempDir
    Path folder;

    private BlobFolder blobs;

    @BeforeEach
    void open() {
        blobs = new BlobFolder(folder);
    }

    @Test
    void trainablesAreMergedAndMomentsLeftBehind() throws IOException {
        BlobRef base = student(1, 2);
        BlobRef newest = student(2, 2);
        Blend blend = new StudentMerger(blobs, new Aggregator(1, 0)).merge(order(newest, base, student(1, 6), 1));
        assertThat(blend.staleness()).isEqualTo(1);
        assertThat(blend.outer()).isEmpty();
        Path file = blobs.path(blend.student());
        assertThat(Sha256.of(file)).isEqualTo(blend.student().sha256());
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.names()).containsExactly("lagrangian", "lora.0.q.a", "masks");
            assertThat(reader.floats("lora.0.q.a")).containsExactly(2, 2, 2, 2);
            assertThat(reader.info("lora.0.q.a").shape()).containsExactly(2, 2);
            assertThat(reader.floats("masks")).containsExactly(4, 4, 4);
            assertThat(reader.floats("lagrangian")).containsExactly(4, 4);
            assertThat(reader.metadata())
                    .containsEntry("espalier.student", "1")
                    .containsEntry("masks.rows", "3")
                    .doesNotContainKeys("lora.steps", "masks.steps");
        }
    }

    @Test
    void whatChangedIsAddedToTheNewestVersionWhichStaysExact() throws IOException {
        BlobRef newest = write(Map.of("lora.0.q.a", new float[] {1, 2, 3, 1 + 0x1p-20f}), Map.of());
        float[] change = {0.5f, -0x1p-10f, 0, 0x1p-12f};
        BlobRef delta = write(
                Map.of("lora.0.q.a", change, "lora.0.q.a.first", new float[4], "lora.0.q.a.second", new float[4]),
                Map.of("espalier.student", "1", "lora.steps", "10", "espalier.delta-of", newest.sha256()));
        StudentMerger merger = new StudentMerger(blobs, new Aggregator(1, 0));
        assertThat(values(merger.merge(order(newest, newest, delta, 0)), "lora.0.q.a"))
                .containsExactly(1.5f, 2 - 0x1p-10f, 3, 1 + 0x1p-20f + 0x1p-12f);
        Blend late = merger.merge(order(newest, student(9, 9), delta, 1));
        assertThat(values(late, "lora.0.q.a"))
                .as("what it started from does not count")
                .containsExactly(1.25f, 2 - 0x1p-11f, 3, 1 + 0x1p-20f + 0x1p-13f);
        try (SafetensorsReader reader = SafetensorsReader.open(blobs.path(late.student()))) {
            assertThat(reader.metadata()).doesNotContainKeys("espalier.delta-of", "lora.steps");
        }
    }

    @Test
    void aStudentOfManyPiecesIsMergedAsIfItWereOne() throws IOException {
        Random random = new Random(1);
        int[] sizes = {1, 3 * StudentMerge.PIECE - 2, 0, 7, StudentMerge.PIECE, 5};
        List<Map<String, float[]>> students = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Map<String, float[]> tensors = new TreeMap<>();
            for (int t = 0; t < sizes.length; t++) {
                float[] values = new float[sizes[t]];
                for (int j = 0; j < values.length; j++) {
                    values[j] = (float) random.nextGaussian();
                }
                tensors.put("weights." + t, values);
            }
            students.add(tensors);
        }
        BlobRef newest = write(students.get(0), Map.of());
        BlobRef base = write(students.get(1), Map.of());
        BlobRef trained = write(students.get(2), Map.of());
        Aggregator plain = new Aggregator(0.7, 0);
        Blend blend = new StudentMerger(blobs, plain).merge(order(newest, base, trained, 2));
        Aggregator nesterov = new Aggregator(0.7, 0.9);
        Blend first = new StudentMerger(blobs, nesterov).merge(order(newest, base, trained, 2));
        Blend second = new StudentMerger(blobs, nesterov)
                .merge(new StudentMerger.Order(newest, base, trained, first.outer(), 2, 2));
        for (String name : students.get(0).keySet()) {
            float[] student = students.get(0).get(name);
            float[] started = students.get(1).get(name);
            float[] returned = students.get(2).get(name);
            int size = student.length;
            float[] expected = student.clone();
            plain.merge(expected, started, returned, size, 2);
            assertThat(values(blend, name)).isEqualTo(expected);
            Aggregator.Momentum memory = new Aggregator.Momentum(new float[size], new float[size]);
            expected = student.clone();
            nesterov.merge(expected, started, returned, size, 2, memory, false);
            assertThat(values(first, name)).isEqualTo(expected);
            expected = student.clone();
            nesterov.merge(expected, started, returned, size, 2, memory, true);
            assertThat(values(second, name)).isEqualTo(expected);
        }
    }

    private float[] values(Blend blend, String tensor) throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(blobs.path(blend.student()))) {
            return reader.floats(tensor);
        }
    }

    @Test
    void momentumIsGoneOnWithFromDiskExactly() throws IOException {
        BlobRef start = student(1, 1);
        Aggregator aggregator = new Aggregator(0.7, 0.9);
        StudentMerger lasting = new StudentMerger(blobs, aggregator);
        Blend here = lasting.merge(order(start, start, student(2, 2), 0));
        Blend there = new StudentMerger(blobs, aggregator).merge(order(start, start, student(2, 2), 0));
        for (int merge = 0; merge < 4; merge++) {
            BlobRef trained = student(3 + merge, 1);
            here = lasting.merge(order(here, trained));
            there = new StudentMerger(blobs, aggregator).merge(order(there, trained));
            assertThat(there).isEqualTo(here);
        }
    }

    @Test
    void aResultOfAnotherShapeIsRefused() throws IOException {
        BlobRef base = student(1, 1);
        BlobRef other = write(Map.of("masks", new float[] {1}), Map.of());
        StudentMerger merger = new StudentMerger(blobs, new Aggregator(1, 0));
        assertThatThrownBy(() -> merger.merge(order(base, base, other, 1)))
                .isInstanceOf(StudentMerger.UnusableResultException.class)
                .hasMessageContaining("another shape");
    }

    @Test
    void aResultThatIsMissingOrNoStudentOrNotFiniteIsRefused() throws IOException {
        BlobRef base = student(1, 1);
        StudentMerger merger = new StudentMerger(blobs, new Aggregator(1, 0));
        BlobRef missing = new BlobRef("ab".repeat(32), 5);
        BlobRef noise = blobs.put(file -> Files.writeString(file, "no safetensors"));
        for (BlobRef wrong : new BlobRef[] {missing, noise, student(Float.NaN, 1)}) {
            assertThatThrownBy(() -> merger.merge(order(base, base, wrong, 1)))
                    .isInstanceOf(StudentMerger.UnusableResultException.class)
                    .hasMessageStartingWith("the worker returned a student");
        }
    }

    private static StudentMerger.Order order(BlobRef newest, BlobRef base, BlobRef trained, int staleness) {
        return new StudentMerger.Order(newest, base, trained, Optional.empty(), staleness, 2);
    }

    private static StudentMerger.Order order(Blend before, BlobRef trained) {
        return new StudentMerger.Order(before.student(), before.student(), trained, before.outer(), 0, 2);
    }

    /** A student as workers write it, all factors and all masks alike. */
    private BlobRef student(float factor, float mask) throws IOException {
        Map<String, float[]> values = new LinkedHashMap<>();
        values.put("lora.0.q.a", new float[] {factor, factor, factor, factor});
        values.put("lora.0.q.a.first", new float[] {7, 7, 7, 7});
        values.put("lora.0.q.a.second", new float[] {8, 8, 8, 8});
        values.put("masks", new float[] {mask, mask, mask});
        values.put("masks.first", new float[3]);
        values.put("masks.second", new float[3]);
        values.put("lagrangian", new float[] {mask, mask});
        values.put("lagrangian.first", new float[2]);
        values.put("lagrangian.second", new float[2]);
        return write(
                values, Map.of("espalier.student", "1", "masks.rows", "3", "lora.steps", "10", "masks.steps", "10"));
    }

    private BlobRef write(Map<String, float[]> values, Map<String, String> metadata) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        values.forEach((name, content) ->
                shapes.put(name, name.startsWith("lora") ? new long[] {2, 2} : new long[] {content.length}));
        return blobs.put(file -> {
            try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
                values.forEach(writer::add);
                writer.finish();
            }
        });
    }
}
