package dev.espalier.cli.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.evaluation.ShapeSpeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredSpeedsTest {
    private static final Path MODEL = Path.of("../gpu-worker/src/test/resources/fixtures/gqa-tied/config.json");

    @TempDir
    Path folder;

    @Test
    void whatWasMeasuredOnceIsKnown() throws IOException {
        LlamaConfig model = LlamaConfig.read(MODEL);
        List<ModelShape> one = List.of(new ModelShape(1, 32, 2, 1, 8, 16));
        assertThatThrownBy(() -> MeasuredSpeeds.known(folder).of("cpu", model, one))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("run 'espalier plan'")
                .hasMessageContaining("or give prune.target.sparsity");

        StringWriter err = new StringWriter();
        List<ShapeSpeed> measured =
                MeasuredSpeeds.measuring(folder, new PrintWriter(err)).of("cpu", model, one);
        assertThat(err.toString()).contains("measuring the speed of 1 layers of hidden size 32");
        assertThat(measured.get(0).decode()).isPositive().isFinite();
        assertThat(measured.get(0).prefill()).isPositive().isFinite();
        assertThat(MeasuredSpeeds.known(folder).of("cpu", model, one)).isEqualTo(measured);
        try (Stream<Path> files = Files.list(folder)) {
            Files.writeString(files.findFirst().orElseThrow(), "{");
        }
        assertThatThrownBy(() -> MeasuredSpeeds.known(folder).of("cpu", model, one))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("Delete it");
    }

    @Test
    void whatCannotBeKeptIsMeasuredAllTheSame() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "where a folder should be");
        StringWriter err = new StringWriter();
        List<ModelShape> one = List.of(new ModelShape(1, 32, 2, 1, 8, 16));
        assertThat(MeasuredSpeeds.measuring(file.resolve("speed"), new PrintWriter(err))
                        .of("cpu", LlamaConfig.read(MODEL), one))
                .hasSize(1);
        assertThat(err.toString()).contains("cannot be kept in", "set XDG_CACHE_HOME");
    }
}
