package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainConfigReaderTest {
    private static final String LEAST = "tokenizer = tokenizer.json\ndata.train = [ { path = a.txt } ]\n";

    @TempDir
    Path folder;

    @Test
    void defaultsAreFilledInAndComputedOnesFollowTheOthers() throws IOException {
        PretrainConfig config = read(LEAST + "steps = 400, model { hidden = 96, heads = 6 }");

        assertThat(config.name()).isEqualTo("tiny");
        assertThat(config.tokenizer()).isEqualTo(folder.resolve("tokenizer.json"));
        assertThat(config.model().headDim()).isEqualTo(16);
        assertThat(config.learningRate()).isEqualTo(new PretrainConfig.LearningRate(0.003, 0.0003, 20));
        assertThat(config.betas()).isEqualTo(new PretrainConfig.Betas(0.9, 0.95));
        assertThat(config.dtype()).isEqualTo("bf16");
    }

    @Test
    void shapesThatCannotBeAreRefusedAllAtOnce() {
        assertThatThrownBy(
                        () -> read(
                                LEAST
                                        + """
                        model { hidden = 100, heads = 3, kv-heads = 2, max-positions = 100 }
                        data.sequence-length = 128
                        betas = [0.9]
                        clipp = 1
                        """))
                .isInstanceOf(UserError.class)
                .satisfies(e -> assertThat(e.getMessage())
                        .contains("5 problems")
                        .contains("model.hidden = 100: must be a multiple of model.heads (3)")
                        .contains("model.kv-heads = 2: must divide model.heads (3)")
                        .contains("model.max-positions = 100: must be at least data.sequence-length (128)")
                        .contains("betas = [0.9]: must be a list of 2 numbers")
                        .contains("clipp = 1: unknown key; did you mean clip?"));
    }

    @Test
    void anOddHeadWidthThatFollowsFromTheOthersIsRefused() {
        assertThatThrownBy(() -> read(LEAST + "model { hidden = 20, heads = 4 }"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.head-dim")
                .hasMessageContaining("model.hidden / model.heads is 5");
    }

    @Test
    void validationTextThatNobodyWouldMeasureIsRefused() {
        assertThatThrownBy(() -> read(LEAST + "data.validation = [ { path = b.txt } ]"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.validation")
                .hasMessageContaining("espalier evaluate");
    }

    private PretrainConfig read(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("tiny.conf"), text);
        return PretrainConfigReader.read(file, List.of()).config();
    }
}
