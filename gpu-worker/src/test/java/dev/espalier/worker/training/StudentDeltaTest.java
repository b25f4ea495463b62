package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.StudentTensors;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentDeltaTest {
    private static final String BASE = "ab".repeat(32);
    private static final int ROWS = 150_000;
    private static Torch torch;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    /** A matrix of more than one piece on the device, and gates in Java. */
    private static final class Toy implements Trainables {
        private final NDManager owner = torch.scope();
        private final TensorGroup matrices;
        private final ArrayGroup gates;

        Toy() {
            NDArray matrix = TinyModel.floats(torch, owner, new SplittableRandom(1), 0, 1, ROWS, 7);
            matrices = new TensorGroup(
                    torch, owner, "matrices", Map.of("w", matrix), new AdamW.Settings(0.9, 0.999, 1e-8, 0));
            gates = new ArrayGroup("gates", new float[] {4.605170f, -1}, Map.of("gates.kind", "toy"));
        }

        void steps(int from, int count) {
            for (int step = from; step < from + count; step++) {
                try (NDManager scope = torch.scope()) {
                    SplittableRandom random = new SplittableRandom(step);
                    matrices.step(scope, new NDList(TinyModel.floats(torch, scope, random, 0, 1, ROWS, 7)), 1e-4);
                }
                gates.step(new double[] {step - 2.5, 0.5}, 0.1);
            }
        }

        @Override
        public List<TrainableGroup> groups() {
            return List.of(matrices, gates);
        }

        @Override
        public void close() {
            owner.close();
        }
    }

    @Test
    void aChangeIsRoundedToEightBitsAndGatesAreNot() throws Exception {
        try (Toy student = new Toy()) {
            student.steps(0, 3);
            StudentFile.write(folder.resolve("base"), student);
            student.steps(3, 3);
            StudentFile.write(folder.resolve("exact"), student);
            StudentDelta.write(folder.resolve("delta"), student, folder.resolve("base"), BASE);
        }
        try (SafetensorsReader base = SafetensorsReader.open(folder.resolve("base"));
                SafetensorsReader exact = SafetensorsReader.open(folder.resolve("exact"));
                SafetensorsReader delta = SafetensorsReader.open(folder.resolve("delta"))) {
            assertThat(delta.metadata())
                    .containsEntry(StudentTensors.DELTA_OF, BASE)
                    .containsEntry("matrices.steps", "6")
                    .containsEntry("gates.kind", "toy");
            assertThat(delta.info("w").dtype()).isEqualTo(Dtype.BF16);
            assertThat(delta.info("gates").dtype()).isEqualTo(Dtype.F32);
            assertThat(largestError(changes(base, exact, "w"), delta.floats("w")))
                    .as("of a change, relative: half a bit of eight")
                    .isLessThanOrEqualTo(0x1p-8);
            assertThat(delta.floats("gates")).isEqualTo(changes(base, exact, "gates"));
            for (String moments : new String[] {"w.first", "w.second"}) {
                assertThat(largestError(exact.floats(moments), delta.floats(moments)))
                        .as("rounded up or down: a bit of eight")
                        .isLessThanOrEqualTo(0x1p-7);
                assertThat(mean(delta.floats(moments)))
                        .as("as often up as down")
                        .isCloseTo(mean(exact.floats(moments)), Percentage.withPercentage(0.01));
            }
            assertThat(delta.floats("gates.second")).isEqualTo(exact.floats("gates.second"));
        }
        assertThat(Files.size(folder.resolve("delta"))).isLessThan(Files.size(folder.resolve("exact")) * 51 / 100);
    }

    @Test
    void whoGoesOnFromTheFileTakesTheSameStepsAsWhoGoesOnFromTheStudent() {
        Path base = folder.resolve("base");
        Path delta = folder.resolve("delta");
        try (Toy student = new Toy()) {
            StudentFile.write(base, student);
            student.steps(0, 2);
            StudentDelta.write(delta, student, base, BASE);
            try (StudentFile newest = StudentFile.open(base)) {
                newest.readValues(student);
            }
            student.steps(2, 2);
            StudentFile.write(folder.resolve("onwards"), student);
        }
        try (Toy student = StudentFile.read(base, delta, version -> new Toy())) {
            student.steps(2, 2);
            StudentFile.write(folder.resolve("restored"), student);
        }
        assertThat(folder.resolve("restored")).hasSameBinaryContentAs(folder.resolve("onwards"));
    }

    private static float[] changes(SafetensorsReader base, SafetensorsReader exact, String name) {
        float[] changes = exact.floats(name);
        float[] started = base.floats(name);
        for (int i = 0; i < changes.length; i++) {
            changes[i] -= started[i];
        }
        return changes;
    }

    private static double largestError(float[] expected, float[] actual) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] != 0) {
                largest = Math.max(largest, Math.abs(((double) actual[i] - expected[i]) / expected[i]));
            }
        }
        return largest;
    }

    /** Of the magnitudes. */
    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum / values.length;
    }
}
