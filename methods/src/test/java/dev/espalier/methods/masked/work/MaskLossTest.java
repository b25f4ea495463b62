package dev.espalier.methods.masked.work;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDList;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskLossTest {
    private static final LlamaConfig MODEL = TinyRun.model(Map.of("num_hidden_layers", 4));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"heads, ffn", "heads, ffn, blocks, layers", "layers"})
    void theSlicedModelHasTheLossOfTheMaskedOne(String granularity) throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, MODEL, folder.resolve("model"), 51);
            ResolvedRun run = TinyRun.config(folder, "prune.granularity=[" + granularity + "]", "export.uniform=false");
            PrunableShape shape = TinyRun.shape(MODEL, run);
            SplittableRandom random = new SplittableRandom(9);
            MaskSet gates = shape.filled(0).map(gate -> random.nextDouble() < 0.6 ? 1 : 0);
            int[][] rows = TinyModel.tokens(MODEL, 3, 13, 34);
            try (ModelFolder intact = ModelFolder.open(folder.resolve("model"));
                    Decoder model = Decoder.load(torch, intact, 64, false)) {
                float masked = new MaskLoss(model, shape).under(gates, rows);
                new Compactor(model, shape)
                        .write(
                                new int[0][],
                                new MaskedUnits(shape, gates),
                                new double[0],
                                new NDList(),
                                0,
                                Compactor.shapes(shape, gates),
                                folder.resolve("model"),
                                folder.resolve("small"),
                                layer -> {});
                try (ModelFolder small = ModelFolder.open(folder.resolve("small"));
                        Decoder sliced = Decoder.load(torch, small, 64, false)) {
                    assertThat(new MaskLoss(sliced, shape).intact(rows)).isCloseTo(masked, Offset.offset(1e-5f));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heads, ffn", "heads, ffn, blocks, layers"})
    void sequencesUnderMasksOfTheirOwnHaveTheLossesThatTheyHaveAlone(String granularity) throws IOException {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, MODEL, false, 31)) {
            ResolvedRun run = TinyRun.config(folder, "prune.granularity=[" + granularity + "]", "export.uniform=false");
            PrunableShape shape = TinyRun.shape(MODEL, run);
            SplittableRandom random = new SplittableRandom(9);
            // More than go through the model at once; some units are open under no mask.
            int[][] rows = TinyModel.tokens(MODEL, 45, 13, 34);
            rows[1][5] = ~rows[1][5];
            MaskSet never = shape.filled(0).map(gate -> random.nextDouble() < 0.7 ? 1 : 0);
            List<MaskSet> masks = Stream.generate(() -> never.map(gate -> gate * (random.nextDouble() < 0.8 ? 1 : 0)))
                    .limit(rows.length)
                    .toList();
            MaskLoss loss = new MaskLoss(model, shape);
            float[] stacked = loss.each(masks, rows);
            for (int row = 0; row < rows.length; row++) {
                assertThat(stacked[row])
                        .isCloseTo(loss.under(masks.get(row), new int[][] {rows[row]}), Offset.offset(1e-5f));
            }
        }
    }

    @Test
    void textWithoutAnythingToLearnHasNoLossInsteadOfTheBest() throws IOException {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, MODEL, false, 31)) {
            int[][] rows = {
                Arrays.stream(TinyModel.tokens(MODEL, 1, 13, 34)[0])
                        .map(id -> ~id)
                        .toArray()
            };
            assertThat(new MaskLoss(model, TinyRun.shape(MODEL, TinyRun.config(folder, "export.uniform=false")))
                            .intact(rows))
                    .isNaN();
        }
    }

    @Test
    void masksOfOnesLeaveTheModelWhatItIsAndALayerThatIsClosedDoesNothing() throws IOException {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, MODEL, false, 31)) {
            ResolvedRun run = TinyRun.config(folder, "prune.granularity=[heads, ffn, layers]", "export.uniform=false");
            PrunableShape shape = TinyRun.shape(MODEL, run);
            int[][] rows = TinyModel.tokens(MODEL, 2, 13, 34);
            float intact = new MaskLoss(model, shape).intact(rows);
            assertThat(new MaskLoss(model, shape).under(shape.filled(1), rows)).isCloseTo(intact, Offset.offset(1e-5f));
            MaskSet closed = shape.filled(1);
            closed.row(Row.LAYERS)[2] = 0;
            MaskSet emptied = shape.filled(1);
            emptied.row(Row.heads(2))[0] = 0;
            emptied.row(Row.heads(2))[1] = 0;
            Arrays.fill(emptied.row(Row.ffn(2)), 0);
            MaskLoss loss = new MaskLoss(model, shape);
            assertThat(loss.divergences(List.of(shape.filled(1)), rows)[0]).isCloseTo(0, Offset.offset(1e-5f));
            float without = loss.under(closed, rows);
            float[] apart = loss.divergences(List.of(emptied, closed), rows);
            assertThat(apart[0]).isGreaterThan(1e-3f).isCloseTo(apart[1], Offset.offset(1e-5f));
            assertThat(without).isNotCloseTo(intact, Offset.offset(1e-4f));
            assertThat(new MaskLoss(model, shape).under(emptied, rows)).isCloseTo(without, Offset.offset(1e-5f));
        }
    }
}
