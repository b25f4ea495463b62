package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyFamilies;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.pretrain.LanguageTrainer;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllWeightsTest {
    private static final LlamaConfig MODEL = TinyRun.model(Map.of());
    private static final Path WRITTEN = Path.of("src/test/resources/written");

    private static final AdamW.Settings ADAM = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1);

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

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTrainingReadBackGoesOnBitByBitAsIfItHadNeverStopped(boolean tied) {
        LlamaConfig config = TinyRun.model(Map.of("tie_word_embeddings", tied));
        Path stopped = folder.resolve("stopped");
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                AllWeights student = student(model)) {
            steps(model, student, 0, 3);
            StudentFile.write(stopped, student);
            steps(model, student, 3, 2);
            StudentFile.write(folder.resolve("onwards"), student);
        }
        try (Decoder model = TinyModel.random(torch, config, false, 8);
                AllWeights student = StudentFile.read(stopped, stopped, file -> student(model))) {
            StudentFile.write(folder.resolve("again"), student);
            steps(model, student, 3, 2);
            StudentFile.write(folder.resolve("restored"), student);
        }
        assertThat(folder.resolve("again")).hasSameBinaryContentAs(stopped);
        assertThat(folder.resolve("restored")).hasSameBinaryContentAs(folder.resolve("onwards"));
    }

    /** Written after 3 and after 5 steps, when checkpoints had a format of their own. */
    @Test
    void aCheckpointThatAnEarlierVersionWroteGoesOnAsItDidThen() {
        Path written = WRITTEN.resolve("pretraining-1.safetensors");
        try (Decoder model = TinyModel.random(torch, MODEL, false, 8);
                AllWeights student = StudentFile.read(written, written, file -> student(model))) {
            steps(model, student, 3, 2);
            StudentFile.write(folder.resolve("later"), student);
        }
        try (SafetensorsReader later = SafetensorsReader.open(folder.resolve("later"));
                SafetensorsReader then = SafetensorsReader.open(WRITTEN.resolve("pretraining-1-later.safetensors"))) {
            assertThat(later.names()).isEqualTo(then.names());
            for (String name : then.names()) {
                // Another processor may add in another order.
                assertThat(later.floats(name)).as(name).containsExactly(then.floats(name), Offset.offset(1e-5f));
            }
            assertThat(later.metadata())
                    .containsEntry("espalier.student", "1")
                    .containsEntry("matrices.steps", "5")
                    .containsEntry("vectors.steps", "5");
        }
    }

    static Stream<LlamaConfig> models() {
        return Stream.concat(Stream.of(MODEL), TinyFamilies.configs());
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyWeightIsInOneOfTheGroups(LlamaConfig config) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                AllWeights student = student(model)) {
            StudentFile.write(folder.resolve("file"), student);
            List<String> names = new ArrayList<>();
            student.groups().forEach(group -> group.trainables().forEach(trainable -> names.add(trainable.name())));
            assertThat(names).doesNotHaveDuplicates();
            assertThat(new TreeSet<>(names))
                    .isEqualTo(new TreeSet<>(WeightShapes.of(config).keySet()));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void wordsThatAreNotTrainedStayAndAreInNoVersion(boolean tied) {
        LlamaConfig config = TinyRun.model(Map.of("tie_word_embeddings", tied));
        Path file = folder.resolve("file");
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                Decoder other = TinyModel.random(torch, config, false, 7);
                AllWeights student = new AllWeights(model, ADAM, 1, false)) {
            float[] words = model.embedding().toFloatArray();
            float[] head = model.head().toFloatArray();
            float[] norm = model.norm().toFloatArray();
            steps(model, student, 0, 3);
            assertThat(model.embedding().toFloatArray()).isEqualTo(words);
            assertThat(model.head().toFloatArray()).isEqualTo(head);
            assertThat(model.norm().toFloatArray()).isNotEqualTo(norm);
            StudentFile.write(file, student);
            try (StudentFile version = StudentFile.open(file)) {
                assertThat(version.has(WeightShapes.EMBEDDING)).isFalse();
                AllWeights.read(version, other);
            }
            assertThat(other.norm().toFloatArray()).isEqualTo(model.norm().toFloatArray());
        }
    }

    @Test
    void theWeightsOfAnotherModelAreRefusedByName() {
        Path file = folder.resolve("file");
        try (Decoder model = TinyModel.random(torch, MODEL, false, 7);
                AllWeights student = student(model)) {
            StudentFile.write(file, student);
        }
        LlamaConfig wider = TinyRun.model(Map.of("intermediate_size", 32));
        try (Decoder model = TinyModel.random(torch, wider, false, 7);
                AllWeights student = student(model);
                StudentFile version = StudentFile.open(file)) {
            assertThatThrownBy(() -> version.readValues(student))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("model.layers.0.mlp.gate_proj.weight of " + file)
                    .hasMessageContaining("has the shape [24, 16] where there should be [32, 16]");
        }
    }

    private static AllWeights student(Decoder model) {
        return new AllWeights(model, ADAM, 1, true);
    }

    private static void steps(Decoder model, AllWeights student, int from, int count) {
        LanguageTrainer trainer = new LanguageTrainer(model, student);
        for (int step = from; step < from + count; step++) {
            trainer.step(TinyModel.tokens(model.config(), 2, 16, step), 1e-3);
        }
    }
}
