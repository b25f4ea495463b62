package dev.espalier.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Precision;
import dev.espalier.worker.pretrain.NewModel;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageMemoryTest {
    private static final double GIB = 1L << 30;

    private static final LlamaConfig TINY_LLAMA = model(22, 2048, 32, 4, 5632, false, 32000);
    private static final LlamaConfig LLAMA_2 = model(32, 4096, 32, 32, 11008, false, 32000);

    private static final LlamaConfig SMOL_LM2 = model(30, 576, 9, 3, 1536, true, 49152);

    /** What benchmarks/stage-memory does. */
    private static final StageMemory.Work MEASURED =
            new StageMemory.Work(Precision.BF16, false, 64, 512, 512, true, false);

    /** Of no file, GiB: benchmarks/stage-memory --model SmolLM2-135M, one core of an AMD EPYC with AVX2, 2026-11-27. */
    @ParameterizedTest
    @CsvSource({"calibrate, 0.57", "prune, 1.55", "recover, 1.54", "export, 0.91", "evaluate, 1.05"})
    void aRunOfSmolLm2TookWhatArithmeticSays(String stage, double measured) {
        assertThat(own(SMOL_LM2, stage)).isCloseTo(measured, withinPercentage(15));
    }

    /** Of no file, GiB: benchmarks/stage-memory --held 10, both cores. */
    @ParameterizedTest
    @CsvSource({"calibrate, 2.24", "prune, 5.67", "recover, 5.84", "export, 4.16", "evaluate, 4.91"})
    void aRunOf1100MillionParametersTookWhatArithmeticSays(String stage, double measured) {
        assertThat(own(TINY_LLAMA, stage)).isCloseTo(measured, withinPercentage(15));
    }

    @Test
    void sevenBillionParametersGoInto80GibByLora() {
        for (Precision dtype : Precision.values()) {
            assertThat(most(LLAMA_2, StageMemory.Work.usual(dtype, false))).isBetween(20.0, 80.0);
        }
    }

    @Test
    void allWeightsOfSevenBillionParametersDoNot() {
        assertThat(most(LLAMA_2, StageMemory.Work.usual(Precision.BF16, true))).isGreaterThan(80);
    }

    @Test
    void aModelThatIsThinnedLosesThatShareOfItsPrunableParameters() {
        double gone =
                (double) (prunable(TINY_LLAMA) - prunable(StageMemory.thinned(TINY_LLAMA, 0.2))) / prunable(TINY_LLAMA);
        assertThat(gone).isBetween(0.2, 0.2005);
    }

    /** FFN channels alone are not enough for shares that gates of heads and channels can reach. */
    @Test
    void aShareBeyondAllFfnChannelsLeavesNoneAndIsAnswered() {
        LlamaConfig thin = StageMemory.thinned(SMOL_LM2, 0.95);
        assertThat(thin.layers()).allMatch(layer -> layer.intermediate() == 0 && layer.queryHeads() == 9);
        assertThat(StageMemory.of(SMOL_LM2, thin, MEASURED)).hasSize(5).allMatch(stage -> stage.bytes() > 0);
    }

    @Test
    void aLayerWhoseHeadsAreLeftUnevenlyStaysReadable() {
        LayerShape uneven = new LayerShape(3, 2, 100, List.of(0, 0, 1));
        LlamaConfig model = SMOL_LM2.withShapes(576, Collections.nCopies(2, uneven));
        assertThat(StageMemory.thinned(model, 0.2).layers())
                .allMatch(layer -> layer.kvMap().equals(uneven.kvMap()));
    }

    private static double own(LlamaConfig model, String stage) {
        return StageMemory.of(model, StageMemory.thinned(model, 0.2), MEASURED).stream()
                        .filter(of -> of.stage().equals(stage))
                        .mapToLong(StageMemory::own)
                        .sum()
                / GIB;
    }

    private static long prunable(LlamaConfig model) {
        return model.shape().prunable();
    }

    /** GiB of the stage that takes most. */
    private static double most(LlamaConfig model, StageMemory.Work work) {
        return StageMemory.of(model, StageMemory.thinned(model, 0.2), work).stream()
                        .mapToLong(StageMemory::bytes)
                        .max()
                        .orElseThrow()
                / GIB;
    }

    private static LlamaConfig model(
            int layers, int hidden, int heads, int kvHeads, int intermediate, boolean tied, int vocabulary) {
        PretrainConfig.Shape shape = new PretrainConfig.Shape(
                layers, hidden, heads, kvHeads, hidden / heads, intermediate, tied, 2048, 10_000, 1e-5);
        return NewModel.config(shape, vocabulary, 0);
    }
}
