package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.StudentTensors;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Students of groups that no leg has together: what the file holds is not a matter of what is trained. */
class StudentFileTest {
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

    /** Matrices that decay, a vector that does not, and numbers in Java. */
    private static final class Toy implements Trainables {
        private final NDManager owner = torch.scope();
        private final TensorGroup matrices;
        private final TensorGroup vectors;
        private final ArrayGroup numbers;

        Toy(long seed, int rows) {
            SplittableRandom random = new SplittableRandom(seed);
            Map<String, NDArray> two = new LinkedHashMap<>();
            two.put("b.weight", TinyModel.floats(torch, owner, random, 0, 1, rows, 7));
            two.put("a.weight", TinyModel.floats(torch, owner, random, 0, 1, 2, 3));
            matrices = new TensorGroup(torch, owner, "matrices", two, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1));
            Map<String, NDArray> one = Map.of("a.bias", TinyModel.floats(torch, owner, random, 0, 1, 5));
            vectors = new TensorGroup(torch, owner, "vectors", one, new AdamW.Settings(0.8, 0.99, 1e-6, 0));
            numbers = new ArrayGroup(
                    "numbers", new float[] {random.nextInt(9), random.nextInt(9)}, Map.of("numbers.kind", "toy"));
        }

        /** All groups take steps of their own, unlike many. */
        void steps(int from, int count) {
            for (int step = from; step < from + count; step++) {
                step(matrices, step, 0.01);
                step(vectors, 100 + step, 0.02);
                step(vectors, 200 + step, 0.03);
                numbers.step(new double[] {step - 2.5, 0.5}, 0.1);
            }
        }

        private static void step(TensorGroup group, long seed, double rate) {
            SplittableRandom random = new SplittableRandom(seed);
            try (NDManager scope = torch.scope()) {
                NDList gradients = new NDList();
                group.trainables()
                        .forEach(like -> gradients.add(TinyModel.floats(
                                torch, scope, random, 0, 1, like.value().shape())));
                group.step(scope, gradients, rate);
            }
        }

        @Override
        public List<TrainableGroup> groups() {
            return List.of(matrices, vectors, numbers);
        }

        @Override
        public void close() {
            owner.close();
        }
    }

    @Test
    void groupsGoOnBitByBitEachWithItsOwnOptimizer() {
        Path stopped = folder.resolve("stopped");
        try (Toy student = new Toy(1, 4)) {
            student.steps(0, 3);
            StudentFile.write(stopped, student);
            student.steps(3, 2);
            StudentFile.write(folder.resolve("onwards"), student);
        }
        try (Toy student = StudentFile.read(stopped, stopped, file -> new Toy(2, 4))) {
            StudentFile.write(folder.resolve("again"), student);
            student.steps(3, 2);
            StudentFile.write(folder.resolve("restored"), student);
        }
        assertThat(folder.resolve("again")).hasSameBinaryContentAs(stopped);
        assertThat(folder.resolve("restored")).hasSameBinaryContentAs(folder.resolve("onwards"));
        try (SafetensorsReader file = SafetensorsReader.open(stopped)) {
            assertThat(file.metadata())
                    .containsEntry("matrices.steps", "3")
                    .containsEntry("vectors.steps", "6")
                    .containsEntry("numbers.steps", "3")
                    .containsEntry("numbers.kind", "toy");
        }
    }

    @Test
    void aTensorOfManyPiecesIsWrittenAndReadWhole() {
        int rows = 400_000;
        Path file = folder.resolve("file");
        try (Toy student = new Toy(1, rows)) {
            student.steps(0, 1);
            StudentFile.write(file, student);
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                Trainable large = new Trainable(student.matrices.trainables().get(0));
                assertThat(reader.floats("b.weight")).isEqualTo(large.value());
                assertThat(reader.floats("b.weight.first")).isEqualTo(large.first());
            }
        }
        int tensors = torch.tensors();
        try (Toy student = StudentFile.read(file, file, version -> new Toy(2, rows))) {
            StudentFile.write(folder.resolve("again"), student);
        }
        assertThat(folder.resolve("again")).hasSameBinaryContentAs(file);
        assertThat(torch.tensors()).isEqualTo(tensors);
    }

    /** All numbers of a trainable. */
    private record Trainable(float[] value, float[] first) {
        Trainable(TrainableGroup.Trainable of) {
            this(all(of.value()), all(of.first()));
        }

        private static float[] all(Numbers numbers) {
            return numbers.read(
                    0, Math.toIntExact(Arrays.stream(numbers.shape()).reduce(1, Math::multiplyExact)));
        }
    }

    @Test
    void whatIsMergedOfAStudentIsItsTrainablesAndNotItsMoments() {
        Path file = folder.resolve("file");
        try (Toy student = new Toy(1, 4)) {
            StudentFile.write(file, student);
        }
        try (FlatTensors merged = FlatTensors.open(file, StudentTensors::isTrainable)) {
            assertThat(merged.shapes().keySet()).containsExactly("a.bias", "a.weight", "b.weight", "numbers");
        }
    }

    @Test
    void aBlendHasNoMomentsSoTheyComeFromTheVersionThatHasThem() {
        Path lane = folder.resolve("lane");
        Path blend = folder.resolve("blend");
        try (Toy student = new Toy(1, 4);
                Toy other = new Toy(5, 4)) {
            student.steps(0, 3);
            StudentFile.write(lane, student);
            StudentFile.write(folder.resolve("other"), other);
            dropMoments(folder.resolve("other"), blend);
            try (StudentFile newest = StudentFile.open(blend)) {
                newest.readValues(student);
            }
            StudentFile.write(folder.resolve("kept"), student);
        }
        try (Toy student = StudentFile.read(blend, lane, file -> new Toy(2, 4))) {
            StudentFile.write(folder.resolve("read"), student);
        }
        assertThat(folder.resolve("read")).hasSameBinaryContentAs(folder.resolve("kept"));
        int tensors = torch.tensors();
        assertThatThrownBy(() -> StudentFile.read(lane, blend, file -> new Toy(2, 4)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(blend + " holds no optimizer moments");
        assertThat(torch.tensors()).isEqualTo(tensors);
    }

    @Test
    void aStudentThatGoesOnFromABlendAloneBeginsItsOptimizersAnew() {
        Path blend = folder.resolve("blend");
        try (Toy student = new Toy(1, 4)) {
            student.steps(0, 3);
            StudentFile.write(folder.resolve("lane"), student);
        }
        dropMoments(folder.resolve("lane"), blend);
        try (Toy student = StudentFile.read(blend, blend, file -> new Toy(2, 4))) {
            assertThat(student.groups()).extracting(TrainableGroup::steps).containsOnly(0L);
            StudentFile.write(folder.resolve("anew"), student);
        }
        try (SafetensorsReader anew = SafetensorsReader.open(folder.resolve("anew"));
                SafetensorsReader lane = SafetensorsReader.open(folder.resolve("lane"))) {
            assertThat(anew.floats("b.weight")).isEqualTo(lane.floats("b.weight"));
            assertThat(anew.floats("b.weight.second")).containsOnly(0);
        }
    }

    /** As the coordinator does. */
    private static void dropMoments(Path from, Path to) {
        try (SafetensorsReader reader = SafetensorsReader.open(from)) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            reader.names().stream()
                    .filter(StudentTensors::isTrainable)
                    .forEach(name -> shapes.put(name, reader.info(name).shape()));
            Map<String, String> metadata = new LinkedHashMap<>(reader.metadata());
            metadata.keySet().removeIf(StudentTensors::isStepCount);
            try (SafetensorsWriter writer = SafetensorsWriter.createFile(to, shapes, metadata)) {
                shapes.keySet().forEach(name -> writer.add(name, reader.floats(name)));
                writer.finish();
            }
        }
    }

    @Test
    void aFileOfAnotherKindIsRefusedWithTheReason() {
        Path file = folder.resolve("file");
        try (Toy student = new Toy(1, 4)) {
            StudentFile.write(file, student);
            try (Toy wider = new Toy(1, 5);
                    StudentFile version = StudentFile.open(file)) {
                assertThatThrownBy(() -> version.readValues(wider))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining("b.weight of " + file + " has the shape [4, 7]")
                        .hasMessageContaining("should be [5, 7]: it belongs to another model");
                assertThatThrownBy(() -> version.setting("masks.rows"))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining("does not say its masks.rows");
            }
        }
        Path model = folder.resolve("model");
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(model, Map.of("x", new long[] {1}), Map.of())) {
            writer.add("x", new float[1]);
            writer.finish();
        }
        assertThatThrownBy(() -> StudentFile.open(model))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(model + " is not a student version of this Espalier");
    }

    @ParameterizedTest
    @ValueSource(strings = {"many", "-1", "99999999999999999999"})
    void aStepCountThatIsNoneIsRefused(String count) {
        Path file = folder.resolve("file");
        try (Toy student = new Toy(1, 4)) {
            Map<String, String> damaged = new LinkedHashMap<>();
            for (TrainableGroup group : student.groups()) {
                damaged.put(group.name() + StudentTensors.STEPS, count);
            }
            StudentFile.write(file, student, damaged);
            try (StudentFile version = StudentFile.open(file)) {
                assertThatThrownBy(() -> version.readMoments(student))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining(file + " gives " + count)
                        .hasMessageContaining("is damaged");
            }
        }
    }
}
